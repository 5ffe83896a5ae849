'use client';

import type { TimelineMessage } from '@nexo/client';
import type { ReactNode } from 'react';
import { useHidden, useUnveiled, veiledWords } from './use-veiled.ts';

/** What somebody said in a group whom one has blocked is folded, until one wants to see it. */
export function BlockedVeil({ message, children }: { message: TimelineMessage; children: ReactNode }) {
  if (!useHidden(message)) return children;
  return (
    <span className="text-[13px] text-muted" data-testid="blocked-veil">
      {veiledWords} ·{' '}
      <button type="button" className="text-link underline" onClick={() => useUnveiled.getState().show(message)}>
        Show
      </button>
    </span>
  );
}
