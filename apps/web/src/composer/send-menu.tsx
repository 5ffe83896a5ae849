'use client';

import { ContextMenu } from '@base-ui/react/context-menu';
import { BellOff } from 'lucide-react';
import type { ReactNode } from 'react';

/** Other ways to send: by right-click or long press on the button. Each has its key as well. */
export function SendMenu({ disabled, onSilent, children }: { disabled: boolean; onSilent: () => void; children: ReactNode }) {
  return (
    <ContextMenu.Root disabled={disabled}>
      <ContextMenu.Trigger className="shrink-0">{children}</ContextMenu.Trigger>
      <ContextMenu.Portal>
        <ContextMenu.Positioner className="z-40" sideOffset={4}>
          <ContextMenu.Popup className="rounded-card border border-border bg-surface p-1 shadow-dialog outline-none">
            <ContextMenu.Item
              onClick={onSilent}
              className="flex h-11 cursor-pointer items-center gap-3 rounded-control px-3 text-[14px] outline-none data-[highlighted]:bg-hover"
            >
              <BellOff size={18} aria-hidden="true" />
              Send without sound
            </ContextMenu.Item>
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}
