'use client';

import { useChatClient } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread } from '@nexo/shared';
import { useEffect, useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** With more unread than this the newest page would not show where they begin. */
const newestPageUnread = 40;

/** Loads the place where reading goes on: around the first unread message, or the newest page. Answers what went wrong. */
export function useOpened(conversation: ConversationView): { words: string | null; again: () => void } {
  const client = useChatClient();
  const { id } = conversation;
  const [attempt, setAttempt] = useState(0);
  const [words, setWords] = useState<string | null>(null);
  const atFirst = useRef(conversation);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again.
  useEffect(() => {
    let current = true;
    const { head, me } = atFirst.current;
    const { items, hasAfter } = client.store.timeline(id).get();
    const isMarked = isMarkedUnread(me);
    const from = isMarked ? (me.markedUnread?.fromSeq ?? me.readSeq) : me.readSeq + 1;
    const knowsBeginning = items.some((item) => item.seq !== undefined && item.seq <= from);
    const isFar = (me.unread > 0 || isMarked) && head.seq - from >= newestPageUnread && !knowsBeginning;
    const opening = isFar
      ? client.conversations.loadAround(id, from)
      : me.unread === 0 && hasAfter
        ? client.conversations.loadNewest(id)
        : client.conversations.open(id);
    setWords(null);
    opening.catch((error) => current && setWords(refusalOf(error).words));
    return () => {
      current = false;
    };
  }, [client, id, attempt]);

  return { words, again: () => setAttempt((before) => before + 1) };
}
