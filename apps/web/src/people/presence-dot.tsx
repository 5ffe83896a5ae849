'use client';

import type { PresenceStatus } from '@nexo/shared';

/** On the corner of a picture: full when online, a ring when away; of who is not there, nothing. It never takes place of its own. */
export function PresenceDot({ status }: { status: PresenceStatus }) {
  if (status !== 'online' && status !== 'away') return null;
  return (
    <span className="presence-dot" data-testid="presence-dot" data-status={status}>
      <span className="sr-only">{status}</span>
    </span>
  );
}
