'use client';

import { type ReactNode, useRef } from 'react';
import { useAction } from '../lib/use-action.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from './button.tsx';
import { LayerDialog } from './layer-dialog.tsx';

/** A question before something that cannot simply be taken back. The harmless answer has the focus. */
export function ConfirmDialog({
  title,
  words,
  action,
  stay = 'Cancel',
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  words: string;
  /** What the button that does it says. */
  action: string;
  /** What the harmless one says. */
  stay?: string;
  onConfirm: () => Promise<unknown>;
  /** For a question that is no layer of its own, but belongs to what opened it. */
  onClose?: () => void;
  /** What is still to be chosen. */
  children?: ReactNode;
}) {
  const closeLayer = useUi((state) => state.close);
  const close = onClose ?? closeLayer;
  const { run, busy, trouble } = useAction();
  const stayRef = useRef<HTMLButtonElement>(null);
  return (
    <LayerDialog title={title} alert initialFocus={stayRef} onClose={close}>
      <p className="px-5 pb-2 text-muted">{words}</p>
      {children}
      <p role="alert" className="min-h-7 px-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex flex-wrap justify-end gap-2 px-5 pb-4">
        <Button ref={stayRef} onClick={close}>
          {stay}
        </Button>
        <Button look="danger" disabled={busy} onClick={() => void run(onConfirm).then((done) => done && close())}>
          {action}
        </Button>
      </div>
    </LayerDialog>
  );
}
