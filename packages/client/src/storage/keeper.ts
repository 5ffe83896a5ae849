import type { ConversationView, MessageView } from '@nexo/shared';
import { Cell } from '../store/cells.ts';
import type { Runtime } from '../types/options.ts';
import type { OutboxEntry, Storage, StorageBatch, StoredState } from './storage.ts';

/** What may be written later is gathered this long. */
const gatherMs = 50;
/** Storage that failed is tried again this much later. */
const repairMs = 5_000;
/** Messages that wait while storage is out of order; the oldest are forgotten, as they can be loaded again. */
const waitingMaxMessages = 2_000;

/** Writes for the engine: one batch at a time, in order, and what failed again. */
export interface Keeper {
  readonly health: Cell<'ok' | 'failed'>;
  /** Takes another person's storage (or none); what waits for the one before is forgotten. */
  use(storage: Storage | null): void;
  readonly storage: Storage | null;
  /** Soon, together with what else comes. */
  later(batch: StorageBatch): void;
  /** Now; resolves when it is durable, or when storage is out of order: then it is written when that ends. */
  now(batch: StorageBatch): Promise<void>;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Forgets everything of this person, what waits included. */
  clear(): Promise<void>;
  stop(): void;
}

interface Waiting {
  state: StoredState | undefined;
  conversations: Map<string, ConversationView>;
  removedConversationIds: Set<string>;
  voidedConversationIds: Set<string>;
  messages: Map<string, MessageView>;
  changedMessages: Map<string, MessageView>;
  removedMessages: Map<string, { conversationId: string; seq: number }>;
  /** By conversation the seq below which everything is cleared. */
  cleared: Map<string, number>;
  outbox: Map<string, OutboxEntry>;
  removedOutboxIds: Set<string>;
}

export function makeKeeper(runtime: Runtime): Keeper {
  const health = new Cell<'ok' | 'failed'>('ok');
  let storage: Storage | null = null;
  let waiting = nothing();
  let writing: Promise<void> | null = null;
  let timer: unknown;

  function flush(): Promise<void> {
    runtime.clearTimeout(timer);
    timer = undefined;
    if (storage === null || isEmpty(waiting)) return writing ?? Promise.resolve();
    // What comes during a write is gathered for the next one.
    writing = (writing ?? Promise.resolve()).then(writeWaiting);
    return writing;
  }

  async function writeWaiting(): Promise<void> {
    const target = storage;
    if (target === null || isEmpty(waiting)) return;
    const batch = waiting;
    waiting = nothing();
    try {
      await target.write(batchOf(batch));
      if (target === storage) health.set('ok');
    } catch {
      if (target !== storage) return;
      health.set('failed');
      // What came meanwhile is newer.
      const newer = waiting;
      waiting = batch;
      put(batchOf(newer));
      trimMessages(waiting);
      schedule(repairMs);
    }
  }

  function put(batch: StorageBatch): void {
    if (batch.state !== undefined) waiting.state = batch.state;
    for (const view of batch.conversations ?? []) {
      waiting.conversations.set(view.id, view);
      waiting.removedConversationIds.delete(view.id);
    }
    for (const id of batch.removedConversationIds ?? []) {
      waiting.conversations.delete(id);
      waiting.removedConversationIds.add(id);
      for (const [key, message] of waiting.messages) if (message.conversationId === id) waiting.messages.delete(key);
    }
    for (const id of batch.voidedConversationIds ?? []) {
      waiting.voidedConversationIds.add(id);
      for (const [key, message] of waiting.messages) if (message.conversationId === id) waiting.messages.delete(key);
    }
    for (const { conversationId, belowSeq } of batch.cleared ?? []) {
      waiting.cleared.set(conversationId, Math.max(belowSeq, waiting.cleared.get(conversationId) ?? 0));
      for (const [key, message] of waiting.messages) {
        if (message.conversationId === conversationId && message.seq < belowSeq) waiting.messages.delete(key);
      }
    }
    for (const message of batch.messages ?? []) {
      const key = `${message.conversationId} ${message.seq}`;
      if (waiting.removedMessages.has(key)) continue;
      waiting.messages.set(key, message);
    }
    for (const message of batch.changedMessages ?? []) {
      const key = `${message.conversationId} ${message.seq}`;
      if (waiting.removedMessages.has(key)) continue;
      if (waiting.messages.has(key)) waiting.messages.set(key, message);
      // Also for what quotes it.
      waiting.changedMessages.set(key, message);
    }
    for (const removed of batch.removedMessages ?? []) {
      const key = `${removed.conversationId} ${removed.seq}`;
      waiting.messages.delete(key);
      waiting.changedMessages.delete(key);
      waiting.removedMessages.set(key, removed);
    }
    for (const entry of batch.outbox ?? []) {
      waiting.outbox.set(entry.clientMessageId, entry);
      waiting.removedOutboxIds.delete(entry.clientMessageId);
    }
    for (const id of batch.removedOutboxIds ?? []) {
      waiting.outbox.delete(id);
      waiting.removedOutboxIds.add(id);
    }
  }

  function schedule(ms: number): void {
    timer ??= runtime.setTimeout(() => {
      timer = undefined;
      void flush();
    }, ms);
  }

  return {
    health,
    get storage() {
      return storage;
    },
    use(next) {
      storage = next;
      waiting = nothing();
      runtime.clearTimeout(timer);
      timer = undefined;
      health.set('ok');
    },
    later(batch) {
      if (storage === null) return;
      put(batch);
      schedule(gatherMs);
    },
    async now(batch) {
      if (storage === null) return;
      put(batch);
      if (health.get() === 'failed') schedule(repairMs);
      else await flush();
    },
    flush,
    async clear() {
      waiting = nothing();
      await writing?.catch(() => {});
      waiting = nothing();
      try {
        await storage?.clear();
      } catch {
        health.set('failed');
      }
    },
    stop() {
      runtime.clearTimeout(timer);
      timer = undefined;
    },
  };
}

function nothing(): Waiting {
  return {
    state: undefined,
    conversations: new Map(),
    removedConversationIds: new Set(),
    voidedConversationIds: new Set(),
    messages: new Map(),
    changedMessages: new Map(),
    removedMessages: new Map(),
    cleared: new Map(),
    outbox: new Map(),
    removedOutboxIds: new Set(),
  };
}

function isEmpty(waiting: Waiting): boolean {
  const { state, ...parts } = waiting;
  return state === undefined && Object.values(parts).every(({ size }) => size === 0);
}

function batchOf(waiting: Waiting): StorageBatch {
  const batch: StorageBatch = {
    conversations: [...waiting.conversations.values()],
    removedConversationIds: [...waiting.removedConversationIds],
    voidedConversationIds: [...waiting.voidedConversationIds],
    messages: [...waiting.messages.values()],
  };
  if (waiting.state !== undefined) batch.state = waiting.state;
  if (waiting.changedMessages.size > 0) batch.changedMessages = [...waiting.changedMessages.values()];
  if (waiting.removedMessages.size > 0) batch.removedMessages = [...waiting.removedMessages.values()];
  if (waiting.cleared.size > 0) {
    batch.cleared = [...waiting.cleared].map(([conversationId, belowSeq]) => ({ conversationId, belowSeq }));
  }
  if (waiting.outbox.size > 0) batch.outbox = [...waiting.outbox.values()];
  if (waiting.removedOutboxIds.size > 0) batch.removedOutboxIds = [...waiting.removedOutboxIds];
  return batch;
}

function trimMessages(waiting: Waiting): void {
  for (const key of waiting.messages.keys()) {
    if (waiting.messages.size <= waitingMaxMessages) return;
    waiting.messages.delete(key);
  }
}
