'use client';

import { useConnection, useMe } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread } from '@nexo/shared';
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
  const { id, head, me, lastMessage } = conversation;
  const isMine = useMe()?.id === lastMessage?.senderId;
  const [divider, setDivider] = useState<Divider | null>(() => {
    const stored = takeStored(id);
    if (stored !== null) return stored;
    // Marked as unread, it begins where the mark says, though that was read before.
    if (me.markedUnread !== undefined && isMarkedUnread(me)) {
      const afterSeq = Math.max(0, Math.min(me.markedUnread.fromSeq - 1, me.readSeq));
      return { afterSeq, count: me.readSeq - afterSeq + me.unread };
    }
    return me.unread > 0 && me.leftAt === undefined ? { afterSeq: me.readSeq, count: me.unread } : null;
  });
  const live = useConnection().name === 'live';

  const headRef = useRef(head.seq);
  const onAwayRef = useRef(onAway);
  onAwayRef.current = onAway;
  useEffect(() => {
    if (head.seq <= headRef.current) return;
    headRef.current = head.seq;
    // Written before we were back, one's own message comes after a line that was drawn over what had come meanwhile.
    if (me.unread === 0 && isMine) setDivider(null);
    if (me.unread === 0 || (live && isAttentive())) return;
    // Who comes back wants to know where they stopped, even if an older line still stands further up.
    setDivider({ afterSeq: me.readSeq, count: me.unread });
    onAwayRef.current();
  }, [head.seq, me.unread, me.readSeq, live, isMine]);

  useEffect(() => {
    try {
      if (divider === null) sessionStorage.removeItem(storageKey);
      else sessionStorage.setItem(storageKey, JSON.stringify({ ...divider, id, at: Date.now() } satisfies StoredDivider));
    } catch {
      // Without storage the line is drawn anew after a reload.
    }
  }, [divider, id]);

  // Leaving the conversation, unlike reloading the page, takes the line away.
  useEffect(
    () => () => {
      try {
        sessionStorage.removeItem(storageKey);
      } catch {
        // Nothing is stored then.
      }
    },
    [],
  );

  return [divider, () => setDivider(null)];
}

const storageKey = 'nexo.divider';
type StoredDivider = Divider & { id: string; at: number };

/** The line that stood when this page was reloaded, for the conversation that was open then. It is taken up once. */
let storedAtLoad: StoredDivider | null = typeof window === 'undefined' ? null : readStored();

function takeStored(conversationId: string): Divider | null {
  const stored = storedAtLoad;
  storedAtLoad = null;
  if (stored === null || stored.id !== conversationId || Date.now() - stored.at > keptMs) return null;
  return { afterSeq: stored.afterSeq, count: stored.count };
}

function readStored(): StoredDivider | null {
  try {
    const stored = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null') as StoredDivider | null;
    return stored !== null && window.location.pathname.startsWith(`/c/${stored.id}`) ? stored : null;
  } catch {
    return null;
  }
}
