'use client';

import type { Timeline, TimelineMessage } from '@nexo/client';
import { useMemo, useRef } from 'react';

/** A row enters with motion only this long after it came (ms): not again when the window of rows moves over it. */
const enterMs = 400;
/** More than this many at once is a flood: no motion. */
const enterMaxRows = 3;

/** Which rows have just appeared at the end, and whose they are. */
export function useEntering(timeline: Timeline, meId: string): (message: TimelineMessage) => 'own' | 'other' | undefined {
  const entered = useRef(new Map<string, number>());
  const lastKey = useRef<string | undefined>(undefined);
  const { items, hasAfter } = timeline;

  useMemo(() => {
    const previous = lastKey.current;
    lastKey.current = items.at(-1)?.key;
    if (previous === undefined || hasAfter) return;
    const fresh: string[] = [];
    for (let i = items.length - 1; i >= 0; i--) {
      const key = items[i]?.key;
      if (key === undefined || key === previous) break;
      fresh.push(key);
      if (fresh.length > enterMaxRows) return;
    }
    const now = performance.now();
    for (const [key, at] of entered.current) if (now - at > enterMs) entered.current.delete(key);
    for (const key of fresh) if (!entered.current.has(key)) entered.current.set(key, now);
  }, [items, hasAfter]);

  return (message) => {
    const at = entered.current.get(message.key);
    if (at === undefined || performance.now() - at > enterMs) return undefined;
    return message.senderId === meId ? 'own' : 'other';
  };
}
