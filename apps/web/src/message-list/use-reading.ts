'use client';

import { useChatClient } from '@nexo/client/react';
import { useCallback, useEffect, useRef } from 'react';
import { advanceReading, isReadable, type ReadingState } from './reading.ts';
import { isAttentive } from './use-divider.ts';

/** Marks as read what was seen long enough (U-12). Returns what to call whenever the view may have changed. */
export function useReading(conversationId: string, readSeq: number): (scroller: HTMLElement) => void {
  const client = useChatClient();
  const readSeqRef = useRef(readSeq);
  // What the engine says, even if that goes back: a mark that did not reach the server is made again.
  readSeqRef.current = readSeq;
  const stateRef = useRef<ReadingState>(new Map());
  const timerRef = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const scrollerRef = useRef<HTMLElement | null>(null);

  const look = useCallback(() => {
    const scroller = scrollerRef.current;
    clearTimeout(timerRef.current);
    if (scroller === null || !scroller.isConnected) return;
    const reading = advanceReading(stateRef.current, {
      readableSeqs: readableSeqs(scroller, readSeqRef.current),
      attentive: isAttentive(),
      atMs: performance.now(),
    });
    stateRef.current = reading.state;
    if (reading.readSeq !== undefined && reading.readSeq > readSeqRef.current) {
      client.conversations.markRead(conversationId, reading.readSeq);
    }
    if (reading.dueInMs !== undefined) timerRef.current = setTimeout(look, reading.dueInMs);
  }, [client, conversationId]);

  useEffect(() => {
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearTimeout(timerRef.current);
      window.removeEventListener('focus', look);
      window.removeEventListener('blur', look);
      document.removeEventListener('visibilitychange', look);
    };
  }, [look]);

  return useCallback(
    (scroller: HTMLElement) => {
      scrollerRef.current = scroller;
      look();
    },
    [look],
  );
}

function readableSeqs(scroller: HTMLElement, readSeq: number): number[] {
  const viewport = scroller.getBoundingClientRect();
  const seqs: number[] = [];
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-seq]')) {
    const seq = Number(row.dataset.seq);
    if (seq > readSeq && isReadable(row.getBoundingClientRect(), viewport)) seqs.push(seq);
  }
  return seqs;
}
