'use client';

import { useChatClient } from '@nexo/client/react';
import { Timer } from 'lucide-react';
import { useEffect, useReducer } from 'react';
import { timeLeft, timeSpan } from './time-span.ts';

/** From here on (ms) the seconds are counted. */
const countedMs = 120_000;

/** How long a message still lives; before its time runs, how long it will live once it is read. */
export function LifeMark({ afterReadMs, expiresAt }: { afterReadMs: number | undefined; expiresAt: number | undefined }) {
  const leftMs = useTimeLeft(expiresAt);
  const ms = leftMs ?? afterReadMs;
  if (ms === undefined) return null;
  // Our guess of the server's time may be a little behind: nothing lives longer than it was to live.
  const left = leftMs === undefined ? timeSpan(ms) : timeLeft(Math.min(leftMs, afterReadMs ?? leftMs));
  const words = leftMs === undefined ? `Disappears ${left} after it is read` : `Disappears in ${left}`;
  return (
    <span className="msg-mark tabular" title={words} data-testid="life-mark">
      <Timer size={12} aria-hidden="true" />
      <span aria-hidden="true">{left}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

/** Milliseconds until then, looked at again whenever it says something else. */
function useTimeLeft(at: number | undefined): number | undefined {
  const client = useChatClient();
  const [looks, lookAgain] = useReducer((count: number) => count + 1, 0);
  const leftMs = at === undefined ? undefined : Math.max(0, at - client.serverNow());
  // biome-ignore lint/correctness/useExhaustiveDependencies: each look waits for the next one.
  useEffect(() => {
    if (at === undefined) return;
    const nowLeftMs = at - client.serverNow();
    if (nowLeftMs <= 0) return;
    const timer = setTimeout(lookAgain, nowLeftMs < countedMs ? nowLeftMs % 1_000 || 1_000 : 30_000);
    return () => clearTimeout(timer);
  }, [client, at, looks]);
  return leftMs;
}
