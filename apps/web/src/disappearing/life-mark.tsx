'use client';

import { useChatClient } from '@nexo/client/react';
import { Timer } from 'lucide-react';
import { useEffect, useState } from 'react';
import { timeSpan } from './time-span.ts';

/** From here on (ms) the seconds are counted. */
const countedMs = 120_000;

/** How long a message still lives; before its time runs, how long it will live once it is read. */
export function LifeMark({ afterReadMs, expiresAt }: { afterReadMs: number | undefined; expiresAt: number | undefined }) {
  const client = useChatClient();
  const [now, setNow] = useState(() => client.serverNow());
  const leftMs = expiresAt === undefined ? undefined : Math.max(0, expiresAt - now);
  const isRunning = leftMs !== undefined;
  const isCounted = leftMs !== undefined && leftMs < countedMs;
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setNow(client.serverNow()), isCounted ? 1_000 : 30_000);
    return () => clearInterval(timer);
  }, [client, isRunning, isCounted]);
  const ms = leftMs ?? afterReadMs;
  if (ms === undefined) return null;
  const words = leftMs === undefined ? `Disappears ${timeSpan(ms)} after it is read` : `Disappears in ${timeSpan(ms)}`;
  return (
    <span className="msg-mark tabular" title={words} data-testid="life-mark">
      <Timer size={12} aria-hidden="true" />
      <span aria-hidden="true">{timeSpan(ms)}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}
