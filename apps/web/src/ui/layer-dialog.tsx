'use client';

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { useUi } from '../shell/ui-store.ts';
import { IconButton } from './button.tsx';

/** A dialog of the layer that is open: moves the focus in and gives it back, closes by Esc, by ✕ and by a click outside. */
export function LayerDialog({
  title,
  initialFocus,
  wide = false,
  alert = false,
  onClose,
  children,
}: {
  title: string;
  initialFocus?: RefObject<HTMLElement | null>;
  wide?: boolean;
  /** A question that must be answered: a click outside is no answer. */
  alert?: boolean;
  /** For a dialog that is no layer of its own, but belongs to what opened it. */
  onClose?: () => void;
  children: ReactNode;
}) {
  const closeLayer = useUi((state) => state.close);
  const close = onClose ?? closeLayer;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()} disablePointerDismissal={alert}>
      <Dialog.Portal>
        <Dialog.Backdrop className="layer fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup
          role={alert ? 'alertdialog' : 'dialog'}
          {...(initialFocus === undefined ? {} : { initialFocus })}
          className={`layer fixed inset-x-3 top-[12dvh] z-40 mx-auto flex max-h-[76dvh] flex-col overflow-hidden rounded-card bg-surface shadow-dialog outline-none ${
            wide ? 'max-w-[640px]' : 'max-w-[460px]'
          }`}
        >
          <div className="flex h-14 shrink-0 items-center ps-5 pe-3">
            <Dialog.Title className="min-w-0 flex-1 truncate font-semibold text-[15px] leading-5">{title}</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close" />}>
              <X size={20} aria-hidden="true" />
            </Dialog.Close>
          </div>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
