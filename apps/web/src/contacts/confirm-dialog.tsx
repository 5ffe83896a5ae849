'use client';

import { useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { useAction } from './use-action.ts';

/** A question before something that cannot simply be taken back. The harmless answer has the focus. */
export function ConfirmDialog({
  title,
  words,
  action,
  onConfirm,
  onClose,
}: {
  title: string;
  words: string;
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const { run, busy, trouble } = useAction();
  const stayRef = useRef<HTMLButtonElement>(null);
  return (
    <LayerDialog title={title} alert initialFocus={stayRef} onClose={onClose}>
      <p className="px-5 pb-2 text-muted">{words}</p>
      <p role="alert" className="min-h-7 px-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex justify-end gap-2 p-3 pt-0">
        <Button ref={stayRef} onClick={onClose}>
          Cancel
        </Button>
        <Button look="danger" disabled={busy} onClick={() => void run(onConfirm).then((done) => done && onClose())}>
          {action}
        </Button>
      </div>
    </LayerDialog>
  );
}
