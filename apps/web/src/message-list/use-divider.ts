'use client';

import { useConnection } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { useEffect, useRef, useState } from 'react';
import type { Divider } from './rows.ts';

/** A divider outlives a reload of the tab for this long (ms). */
const keptMs = 30 * 60_000;

/** Whether somebody looks at this tab now. */
export function isAttentive(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/**
 * The line above what was new when the conversation was opened, or above what came while nobody looked. It stays where it is until
 * one's own message, Esc, or leaving (U-06). `onAway`: something new came while nobody looked.
 */
export function useDivider(conversation: ConversationView, onAway: () => void): [Divider | null, () => void] {
  const { id, head, me } = conversation;
  const storageKey = `nexo.divider.${id}`;
  const [divider, setDivider] = useState<Divider | null>(() => {
    const stored = readStored(storageKey);
    if (stored !== null) return stored;
    return me.unread > 0 && me.leftAt === undefined ? { afterSeq: me.readSeq, count: me.unread } : null;
  });
  const live = useConnection().name === 'live';

  const headRef = useRef(head.seq);
  const onAwayRef = useRef(onAway);
  onAwayRef.current = onAway;
  useEffect(() => {
    if (head.seq <= headRef.current) return;
    headRef.current = head.seq;
    if (me.unread === 0 || (live && isAttentive())) return;
    setDivider((before) =>
      before === null || before.afterSeq === me.readSeq ? { afterSeq: me.readSeq, count: me.unread } : before,
    );
    onAwayRef.current();
  }, [head.seq, me.unread, me.readSeq, live]);

  useEffect(() => {
    try {
      if (divider === null) sessionStorage.removeItem(storageKey);
      else sessionStorage.setItem(storageKey, JSON.stringify({ ...divider, at: Date.now() }));
    } catch {
      // Without storage the line is drawn anew after a reload.
    }
  }, [divider, storageKey]);

  // Leaving the conversation, unlike reloading the page, takes the line away.
  useEffect(
    () => () => {
      try {
        sessionStorage.removeItem(storageKey);
      } catch {
        // Nothing is stored then.
      }
    },
    [storageKey],
  );

  return [divider, () => setDivider(null)];
}

function readStored(key: string): Divider | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(key) ?? 'null') as (Divider & { at: number }) | null;
    return stored !== null && Date.now() - stored.at < keptMs ? { afterSeq: stored.afterSeq, count: stored.count } : null;
  } catch {
    return null;
  }
}
