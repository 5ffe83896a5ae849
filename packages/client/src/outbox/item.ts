import type { MessageView, ReplyView } from '@nexo/shared';
import type { OutboxEntry } from '../storage/storage.ts';
import type { MessageState } from '../types/store.ts';

/** Shown like a sent one this long: most are sent before, and nothing flickers. */
export const localMs = 1_000;
/** In flight without an answer, or in line, this long looks like waiting for the network. */
const slowMs = 3_000;

/** One message on its way, as a timeline shows it. */
export interface PendingMessage {
  entry: OutboxEntry;
  state: MessageState;
  /** Our best guess of the server's clock. */
  sentAt: number;
  replyTo: ReplyView | undefined;
  /** The server has it, but it is not in our order of things yet. */
  acknowledged: MessageView | undefined;
}

/** One message on its way, as the outbox handles it. */
export interface Item {
  pending: PendingMessage;
  phase: 'storing' | 'ready' | 'inFlight' | 'backingOff' | 'failed';
  /** When it was sent the last time, of the device's clock. */
  sentAtMs: number;
  addedAtMs: number;
  /** The server has asked not to be asked again before. */
  notBeforeMs: number;
  attempts: number;
  faults: number;
  timer: unknown;
  /** What its sender was given: settled when it is durable on the server, or never will be. */
  done: Promise<MessageView>;
  resolve(message: MessageView): void;
  reject(error: Error): void;
}

export function makeItem(entry: OutboxEntry, phase: Item['phase'], nowMs: number): Item {
  const { promise: done, resolve, reject } = promiseWithHands<MessageView>();
  // Whoever does not care about the end must not be punished for it.
  done.catch(() => {});
  return {
    pending: {
      entry,
      state: entry.failure === undefined ? 'local' : 'failed',
      sentAt: entry.createdAt,
      replyTo: entry.replyView,
      acknowledged: undefined,
    },
    ...{ phase, sentAtMs: 0, addedAtMs: nowMs, notBeforeMs: 0, attempts: 0, faults: 0, timer: undefined },
    ...{ done, resolve, reject },
  };
}

/** How it looks to the person who wrote it. */
export function stateOf(item: Item, nowMs: number, isLive: boolean): MessageState {
  if (item.pending.acknowledged !== undefined) return 'sent';
  if (item.phase === 'failed') return 'failed';
  if (elapsedMs(item.addedAtMs, nowMs) < localMs) return 'local';
  if (!isLive) return 'waiting';
  // What stands behind one that is not answered waits as well, though it has not left yet.
  const isSlow = elapsedMs(item.phase === 'inFlight' ? item.sentAtMs : item.addedAtMs, nowMs) >= slowMs;
  return isSlow || item.phase === 'backingOff' ? 'waiting' : 'sending';
}

/** A clock that was set back does not say how long it has been: then as long as can be. */
function elapsedMs(sinceMs: number, nowMs: number): number {
  return nowMs < sinceMs ? Number.POSITIVE_INFINITY : nowMs - sinceMs;
}

/** A promise, and how to settle it. */
function promiseWithHands<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
