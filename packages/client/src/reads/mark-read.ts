import { limits, type MarkReadResult } from '@nexo/shared';
import { forgetLocalRead, readLocally } from '../reducer/reads.ts';
import type { StateHolder } from '../store/state-holder.ts';
import { backoffMs } from '../transport/backoff.ts';
import { failureOf } from '../transport/failure.ts';
import type { Runtime } from '../types/options.ts';

/** A reader scrolls by many messages: at most one call a conversation in this time. */
const gatherMs = 300;

export interface ReaderOptions {
  holder: StateHolder;
  runtime: Runtime;
  isLive(): boolean;
  markRead(conversationId: string, seq: number): Promise<MarkReadResult>;
  /** Asks for what is missing of a conversation. */
  repair(conversationId: string): void;
}

/** Read positions: shown at once, told to the server soon, never back. */
export interface Reader {
  markRead(conversationId: string, seq: number): void;
  /** Tells now what the server has not heard of a conversation, and waits for the answer, whatever it is. */
  tellNow(conversationId: string): Promise<void>;
  /** Tells what could not be told before. */
  retry(): void;
  stop(): void;
}

export function makeReader({ holder, runtime, isLive, markRead, repair }: ReaderOptions): Reader {
  const timers = new Map<string, unknown>();
  const telling = new Map<string, Promise<void>>();
  const confirming = new Set<unknown>();
  /** In a row, wherever: a server that has too much to do is asked ever more rarely. */
  let refusals = 0;

  function tellSoon(conversationId: string, waitMs = gatherMs): void {
    if (timers.has(conversationId)) return;
    timers.set(
      conversationId,
      runtime.setTimeout(() => {
        timers.delete(conversationId);
        tell(conversationId);
      }, waitMs),
    );
  }

  function tell(conversationId: string): void {
    const seq = untold(conversationId);
    if (seq === null || !isLive() || telling.has(conversationId)) return;
    const told = markRead(conversationId, seq).then(
      ({ readSeq }) => {
        telling.delete(conversationId);
        refusals = 0;
        confirmSoon(conversationId, readSeq);
        // What was read meanwhile is told next.
        const next = untold(conversationId);
        if (next !== null && next > seq) tellSoon(conversationId);
      },
      (error: unknown) => {
        telling.delete(conversationId);
        const failure = failureOf(error);
        if (failure.kind === 'refused' && !failure.retryable) holder.commit(forgetLocalRead(holder.get(), conversationId));
        else if (isLive()) {
          const atLeastMs = failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0;
          tellSoon(conversationId, gatherMs + atLeastMs + backoffMs(refusals++, runtime.random));
        }
      },
    );
    telling.set(conversationId, told);
  }

  /** The event confirms it. Of a position that the server had already there is none: then it was missed here, and is asked for. */
  function confirmSoon(conversationId: string, readSeq: number): void {
    const isMissing = () => (holder.get().conversations.get(conversationId)?.view.me.readSeq ?? readSeq) < readSeq;
    if (!isMissing()) return;
    const timer = runtime.setTimeout(() => {
      confirming.delete(timer);
      if (isMissing()) repair(conversationId);
    }, limits.gapHoldMs);
    confirming.add(timer);
  }

  /** The position that the server has not confirmed; null when it has all. */
  function untold(conversationId: string): number | null {
    const conversation = holder.get().conversations.get(conversationId);
    if (conversation === undefined || conversation.localRead === null) return null;
    return conversation.localRead.seq > conversation.view.me.readSeq ? conversation.localRead.seq : null;
  }

  return {
    markRead(conversationId, seq) {
      const before = holder.get();
      const next = readLocally(before, conversationId, seq);
      if (next === before) return;
      holder.commit(next);
      tellSoon(conversationId);
    },
    async tellNow(conversationId) {
      // What is under way may be of an earlier position.
      await telling.get(conversationId);
      runtime.clearTimeout(timers.get(conversationId));
      timers.delete(conversationId);
      tell(conversationId);
      await telling.get(conversationId);
    },
    retry() {
      for (const id of holder.get().conversations.keys()) if (untold(id) !== null) tellSoon(id);
    },
    stop() {
      for (const timer of timers.values()) runtime.clearTimeout(timer);
      timers.clear();
      for (const timer of confirming) runtime.clearTimeout(timer);
      confirming.clear();
    },
  };
}
