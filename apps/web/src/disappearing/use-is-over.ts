'use client';

import { useChatClient } from '@nexo/client/react';
import { useEffect, useState } from 'react';

/** Longest time (ms) that a timer of the browser takes. */
const timerMaxMs = 2_147_000_000;

/** Whether a message's time is over: without a connection nobody tells, and it is not shown all the same. */
export function useIsOver(expiresAt: number | undefined): boolean {
  const client = useChatClient();
  const [isOver, setOver] = useState(() => expiresAt !== undefined && expiresAt <= client.serverNow());
  useEffect(() => {
    if (expiresAt === undefined) return;
    const leftMs = Math.max(0, expiresAt - client.serverNow());
    if (leftMs > timerMaxMs) return;
    const timer = setTimeout(() => setOver(true), leftMs);
    return () => clearTimeout(timer);
  }, [client, expiresAt]);
  return isOver;
}
