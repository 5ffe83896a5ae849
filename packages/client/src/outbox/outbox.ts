import type { MessageView, ReplyView, SendableContent, SendMessageInput, SendMessageResult } from '@nexo/shared';
import type { OutboxEntry } from '../storage/storage.ts';
import type { Cell } from '../store/cells.ts';
import { failureOf } from '../transport/failure.ts';
import type { SentMessage } from '../types/client.ts';
import type { Runtime } from '../types/options.ts';
import type { OutboxSummary } from '../types/store.ts';
import { type Item, makeItem, type PendingMessage } from './item.ts';
import { NotSent } from './not-sent.ts';
import { makeQueues } from './queues.ts';
import { makeShowing } from './showing.ts';

/** Messages that wait in one client; beyond it a send is refused at once. */
const entriesMax = 5_000;
/** Storage that has not answered after this long is not waited for. */
const storeMaxMs = 3_000;
/** Tries of one message that the server refused with a fault of its own, until the person decides. */
const faultsMax = 5;
const retryFirstMs = 500;
const retryMaxMs = 8_000;

export interface OutboxOptions {
  runtime: Runtime;
  serverNow(): number;
  /** This client's (this tab's) own name in stored entries. */
  owner: string;
  /** Whether the stream is up and caught up. */
  isLive(): boolean;
  send(input: SendMessageInput): Promise<SendMessageResult>;
  /** Resolves when it is durable, or when storage is out of order. */
  store(change: { outbox?: OutboxEntry[]; removedOutboxIds?: string[] }): Promise<void>;
  /** The pending messages of a conversation are others, or look different. */
  changed(conversationId: string): void;
  /** The server's answer to a send, to be put in order. */
  acknowledged(result: SendMessageResult): void;
}

/**
 * Keeps what is not acknowledged yet, and sends it: durable before the first try, in order within a conversation, as often as it
 * takes, with the same id each time. One message of a conversation is in flight at a time: were there two, a first one that is
 * refused for a moment could end up behind the second. Different conversations do not wait for each other.
 *
 *   local ──1 s──► sending ──offline, or no answer for 3 s──► waiting ──connected──► sending
 *     │              │                                           │
 *     └──────────────┴──────────── acknowledged ─────────────────┴────► sent (leaves the outbox)
 *     any ── refused for good, or faults too often ──► failed ── retry ──► sending
 *                                                        └── discard ──► gone
 */
export interface Outbox {
  readonly summary: Cell<OutboxSummary>;
  send(conversationId: string, content: SendableContent, replyTo: ReplyView | undefined, silent: boolean): SentMessage;
  retry(clientMessageId: string): void;
  retryAll(): void;
  discard(clientMessageId: string): SendableContent | undefined;
  /** In the order of sending. */
  pendingOf(conversationId: string): readonly PendingMessage[];
  /** Takes entries of an earlier visit, or of a tab that is gone. */
  adopt(entries: readonly OutboxEntry[]): void;
  /** A message that the server has: if it is one of ours, it is done. */
  confirm(message: MessageView): void;
  /** We have a conversation up to this change: what is acknowledged up to there has its place, loaded or not. */
  reached(conversationId: string, change: number): void;
  /** The connection has come or gone. */
  connectionChanged(): void;
  /** Forgets everything; what waits for an acknowledgement is told so. */
  clear(): void;
  stop(): void;
}

export function makeOutbox(options: OutboxOptions): Outbox {
  const { runtime } = options;
  const queues = makeQueues();
  const showing = makeShowing({ queues, runtime, isLive: options.isLive, changed: options.changed });
  const { show, look } = showing;
  let lastPosition = 0;
  /** By this client, and not found in its storage. */
  const writtenHere = new Set<Item>();

  function add(entry: OutboxEntry, phase: Item['phase']): Item {
    const item = makeItem(entry, phase, runtime.now());
    queues.add(item);
    lastPosition = Math.max(lastPosition, entry.position);
    return item;
  }

  function remove(item: Item): void {
    runtime.clearTimeout(item.timer);
    queues.remove(item);
    writtenHere.delete(item);
    show(item.pending.entry.conversationId);
  }

  /** What was written here before the older ones were found is newer than they are, whatever the clock said when those were written. */
  function moveBehind(position: number): void {
    lastPosition = Math.max(lastPosition, position);
    for (const item of writtenHere) {
      const { entry } = item.pending;
      if (item.attempts > 0 || item.pending.acknowledged !== undefined || entry.position > position) continue;
      queues.remove(item);
      item.pending = { ...item.pending, entry: { ...entry, position: ++lastPosition } };
      queues.add(item);
      void options.store({ outbox: [item.pending.entry] });
    }
  }

  /** Sends the first of a conversation that is not failed, if it is its turn. */
  function pump(conversationId: string): void {
    if (!options.isLive()) return;
    for (const item of queues.of(conversationId)) {
      if (item.phase === 'failed' || item.pending.acknowledged !== undefined) continue;
      if (item.phase === 'ready') transmit(item);
      return;
    }
  }

  function transmit(item: Item): void {
    const { entry } = item.pending;
    item.phase = 'inFlight';
    item.sentAtMs = runtime.now();
    item.attempts++;
    look(item);
    const { conversationId, clientMessageId, content } = entry;
    const input: SendMessageInput = { conversationId, clientMessageId, content };
    if (entry.replyTo !== undefined) input.replyTo = entry.replyTo;
    if (entry.silent === true) input.silent = true;
    options.send(input).then(
      (result) => accepted(item, result),
      (error: unknown) => refused(item, error),
    );
  }

  function accepted(item: Item, result: SendMessageResult): void {
    if (queues.get(item.pending.entry.clientMessageId) !== item) return;
    settleDone(item, result.message);
    options.acknowledged(result);
    pump(item.pending.entry.conversationId);
  }

  /** Durable on the server. The row stays until the message has its place in the timeline. */
  function settleDone(item: Item, message: MessageView): void {
    if (item.pending.acknowledged !== undefined) return;
    runtime.clearTimeout(item.timer);
    item.pending = { ...item.pending, acknowledged: message, state: 'sent' };
    item.resolve(message);
    void options.store({ removedOutboxIds: [item.pending.entry.clientMessageId] });
    show(item.pending.entry.conversationId);
  }

  function refused(item: Item, error: unknown): void {
    if (queues.get(item.pending.entry.clientMessageId) !== item || item.phase !== 'inFlight') return;
    const failure = failureOf(error);
    if (failure.kind === 'refused') {
      if (failure.code === 'INTERNAL') item.faults++;
      // A session that ran out is renewed, and then the same message may be sent.
      const mayRetry = (failure.retryable && item.faults < faultsMax) || failure.code === 'UNAUTHENTICATED';
      if (!mayRetry) {
        fail(item, { code: failure.code, message: failure.message, retryable: failure.retryable });
        return;
      }
    }
    backOff(item, failure.kind === 'refused' ? (failure.retryAfterMs ?? 0) : 0);
  }

  function backOff(item: Item, atLeastMs: number): void {
    item.phase = 'backingOff';
    item.notBeforeMs = runtime.now() + atLeastMs;
    const spreadMs = runtime.random() * Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(item.attempts, 10));
    item.timer = runtime.setTimeout(() => ready(item), atLeastMs + spreadMs);
    look(item);
  }

  function ready(item: Item): void {
    if (item.phase !== 'backingOff' && item.phase !== 'storing') return;
    runtime.clearTimeout(item.timer);
    item.phase = 'ready';
    pump(item.pending.entry.conversationId);
  }

  function fail(item: Item, failure: NonNullable<OutboxEntry['failure']>): void {
    item.phase = 'failed';
    const entry = { ...item.pending.entry, failure };
    item.pending = { ...item.pending, entry, state: 'failed' };
    void options.store({ outbox: [entry] });
    // May be retried by the person later: the promise waits for that, unless nothing can change the answer.
    if (!failure.retryable) item.reject(new NotSent(failure.code, failure.message));
    show(entry.conversationId);
    pump(entry.conversationId);
  }

  function retry(item: Item): void {
    if (item.phase !== 'failed') return;
    const { failure: _failure, ...entry } = item.pending.entry;
    item.phase = 'storing';
    item.attempts = 0;
    item.faults = 0;
    item.addedAtMs = runtime.now();
    item.pending = { ...item.pending, entry, state: 'local' };
    show(entry.conversationId);
    storeThenSend(item);
  }

  function storeThenSend(item: Item): void {
    const stored = () => {
      if (item.phase === 'storing') ready(item);
    };
    item.timer = runtime.setTimeout(stored, storeMaxMs);
    options.store({ outbox: [item.pending.entry] }).then(stored, stored);
  }

  return {
    summary: showing.summary,

    send(conversationId, content, replyTo, silent) {
      const clientMessageId = runtime.newId();
      if (queues.size >= entriesMax) {
        const acknowledged = Promise.reject(new NotSent('OVERLOADED', 'Too many messages wait to be sent.'));
        acknowledged.catch(() => {});
        return { clientMessageId, acknowledged };
      }
      const createdAt = options.serverNow();
      const position = Math.max(lastPosition + 1, createdAt);
      const entry: OutboxEntry = { clientMessageId, conversationId, content, position, createdAt, owner: options.owner };
      if (silent) entry.silent = true;
      if (replyTo !== undefined) Object.assign(entry, { replyTo: replyTo.seq, replyView: replyTo });
      const item = add(entry, 'storing');
      writtenHere.add(item);
      show(conversationId);
      storeThenSend(item);
      return { clientMessageId, acknowledged: item.done };
    },

    retry(clientMessageId) {
      const item = queues.get(clientMessageId);
      if (item !== undefined) retry(item);
    },

    retryAll() {
      for (const item of queues.all()) if (item.pending.entry.failure?.retryable === true) retry(item);
    },

    discard(clientMessageId) {
      const item = queues.get(clientMessageId);
      if (item === undefined || item.pending.acknowledged !== undefined) return undefined;
      void options.store({ removedOutboxIds: [clientMessageId] });
      remove(item);
      item.reject(new NotSent('DISCARDED', 'The message was taken back before it was sent.'));
      pump(item.pending.entry.conversationId);
      return item.pending.entry.content;
    },

    pendingOf: showing.pendingOf,

    adopt(entries) {
      const touched = new Set<string>();
      moveBehind(Math.max(0, ...entries.map(({ position }) => position)));
      for (const entry of entries) {
        if (queues.get(entry.clientMessageId) !== undefined) continue;
        add(entry, entry.failure === undefined ? 'ready' : 'failed');
        touched.add(entry.conversationId);
      }
      for (const conversationId of touched) {
        show(conversationId);
        pump(conversationId);
      }
    },

    confirm(message) {
      const item = queues.get(message.clientMessageId);
      if (item === undefined || item.pending.entry.conversationId !== message.conversationId) return;
      settleDone(item, message);
      remove(item);
      pump(message.conversationId);
    },

    reached(conversationId, change) {
      for (const item of queues.of(conversationId)) {
        const { acknowledged } = item.pending;
        if (acknowledged !== undefined && acknowledged.change <= change) remove(item);
      }
    },

    connectionChanged() {
      for (const item of queues.all()) {
        // The old connection is gone and with it every answer: on a new one it goes on at once, unless the server named a time.
        if (options.isLive() && item.phase === 'backingOff' && runtime.now() >= item.notBeforeMs) ready(item);
        look(item);
      }
      for (const conversationId of queues.conversationIds()) pump(conversationId);
    },

    clear() {
      for (const item of queues.all()) {
        item.reject(new NotSent('SIGNED_OUT', 'Signed out before it was sent.'));
        remove(item);
      }
      lastPosition = 0;
    },

    stop() {
      showing.stop();
      for (const item of queues.all()) runtime.clearTimeout(item.timer);
    },
  };
}
