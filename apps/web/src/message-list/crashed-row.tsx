'use client';

import { copyText } from '../ui/copy-text.ts';

/** A row that cannot be drawn; the list around it lives. */
export function CrashedRow({ rowKey, error }: { rowKey: string; error: Error }) {
  return (
    <li className="msg-notice" data-row={rowKey} data-testid={`crashed:${rowKey}`}>
      Can’t show this message ·{' '}
      <button
        type="button"
        className="text-link underline"
        onClick={() => void copyText(`${rowKey}\n${error.stack ?? error.message}`)}
      >
        Copy details
      </button>
    </li>
  );
}
