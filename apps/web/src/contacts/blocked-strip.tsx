'use client';

import { useChatClient } from '@nexo/client/react';
import { useAction } from '../lib/use-action.ts';
import { Button } from '../ui/button.tsx';

/** In the place of the composer, as high as it is: why one cannot write, and the way out. */
export function BlockedStrip({ userId, name }: { userId: string; name: string }) {
  const client = useChatClient();
  const { run, busy, trouble } = useAction();
  return (
    <div
      className="flex h-[61px] shrink-0 items-center justify-center gap-3 bg-surface px-6 text-center text-muted"
      data-testid="cannot-write"
    >
      <p role="status">{trouble || `You blocked ${name}.`}</p>
      <Button disabled={busy} onClick={() => void run(() => client.contacts.unblock(userId))}>
        Unblock
      </Button>
    </div>
  );
}
