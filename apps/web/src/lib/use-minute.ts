'use client';

import { useChatClient } from '@nexo/client/react';
import { useEffect, useState } from 'react';

const minuteMs = 60_000;

/** The server's time (epoch ms), a minute fine, and exact at `wakeAt`: what ends then is over then, whatever this device's clock says. */
export function useMinute(wakeAt?: number): number {
  const client = useChatClient();
  const [now, setNow] = useState(() => client.serverNow());
  // biome-ignore lint/correctness/useExhaustiveDependencies: each look sets the clock for the next.
  useEffect(() => {
    const leftMs = (wakeAt ?? 0) - client.serverNow();
    const timer = setTimeout(() => setNow(client.serverNow()), leftMs > 0 ? Math.min(leftMs, minuteMs) : minuteMs);
    return () => clearTimeout(timer);
  }, [client, wakeAt, now]);
  return now;
}
