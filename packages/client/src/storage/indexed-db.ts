import type { ConversationView, MessageView } from '@nexo/shared';
import { type DBSchema, openDB } from 'idb';
import { changedRows } from '../reducer/versions.ts';
import type { OutboxEntry, Storage, StorageMaker, StoredState } from './storage.ts';

interface Schema extends DBSchema {
  state: { key: 'state'; value: StoredState };
  conversations: { key: string; value: ConversationView };
  messages: { key: [string, number]; value: MessageView };
  outbox: { key: string; value: OutboxEntry; indexes: { position: number } };
}

const version = 1;
const stores = ['state', 'conversations', 'messages', 'outbox'] as const;

/**
 * Keeps everything in the browser's IndexedDB, one database per person, so that nobody sees another's on the same device.
 * A write resolves when the browser has committed it. Rejects when the browser keeps nothing (private windows, full disk).
 */
export function indexedDbStorage(prefix = 'nexo'): StorageMaker {
  return async (userId) => {
    const name = `${prefix}:${userId}`;
    const db = await openDB<Schema>(name, version, {
      upgrade(fresh) {
        fresh.createObjectStore('state');
        fresh.createObjectStore('conversations', { keyPath: 'id' });
        fresh.createObjectStore('messages', { keyPath: ['conversationId', 'seq'] });
        fresh.createObjectStore('outbox', { keyPath: 'clientMessageId' }).createIndex('position', 'position');
      },
      // A newer version in another tab must not wait for this one for ever; this tab then reports `failed` on its next write.
      blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
    });

    const storage: Storage = {
      loadState: () => db.get('state', 'state'),
      loadConversations: () => db.getAll('conversations'),
      loadOutbox: () => db.getAllFromIndex('outbox', 'position'),

      async loadMessages(conversationId, before, limit) {
        const range = IDBKeyRange.bound([conversationId, 0], [conversationId, before ?? Number.MAX_SAFE_INTEGER], false, true);
        const found: MessageView[] = [];
        let cursor = await db.transaction('messages').store.openCursor(range, 'prev');
        while (cursor !== null && found.length < limit) {
          found.push(cursor.value);
          cursor = await cursor.continue();
        }
        return found.reverse();
      },

      async write(batch) {
        const tx = db.transaction(stores, 'readwrite', { durability: batch.outbox === undefined ? 'relaxed' : 'strict' });
        const done: Promise<unknown>[] = [];
        try {
          if (batch.state !== undefined) done.push(tx.objectStore('state').put(batch.state, 'state'));
          for (const conversation of batch.conversations ?? []) done.push(tx.objectStore('conversations').put(conversation));
          for (const id of batch.removedConversationIds ?? []) {
            done.push(tx.objectStore('conversations').delete(id));
            done.push(tx.objectStore('messages').delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER])));
          }
          for (const id of batch.voidedConversationIds ?? []) {
            done.push(tx.objectStore('messages').delete(IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER])));
          }
          for (const { conversationId, belowSeq } of batch.cleared ?? []) {
            const range = IDBKeyRange.bound([conversationId, 0], [conversationId, belowSeq], false, true);
            done.push(tx.objectStore('messages').delete(range));
          }
          for (const message of batch.messages ?? []) done.push(tx.objectStore('messages').put(message));
          for (const id of new Set(batch.changedMessages?.map(({ conversationId }) => conversationId))) {
            const changed = (batch.changedMessages ?? []).filter(({ conversationId }) => conversationId === id);
            const messages = tx.objectStore('messages');
            const rows = messages.getAll(withQuotesOf(id, changed));
            done.push(rows.then((stored) => Promise.all(changedRows(stored, changed).map((row) => messages.put(row)))));
          }
          for (const { conversationId, seq } of batch.removedMessages ?? []) {
            done.push(tx.objectStore('messages').delete([conversationId, seq]));
          }
          for (const entry of batch.outbox ?? []) done.push(tx.objectStore('outbox').put(entry));
          for (const id of batch.removedOutboxIds ?? []) done.push(tx.objectStore('outbox').delete(id));
          await Promise.all([...done, tx.done]);
        } catch (error) {
          // What was put before the fault would be committed otherwise.
          abort(tx);
          await Promise.allSettled([...done, tx.done]);
          throw error;
        }
      },

      async clear() {
        const tx = db.transaction(stores, 'readwrite');
        await Promise.all([...stores.map((store) => tx.objectStore(store).clear()), tx.done]);
      },

      close: async () => db.close(),
    };
    return storage;
  };
}

/** Where these messages are, and what may quote them, as far as their words have changed: that comes after them. */
function withQuotesOf(conversationId: string, changed: readonly MessageView[]): IDBKeyRange {
  const seqs = changed.map(({ seq }) => seq);
  const isQuoted = changed.some(({ contentChange }) => contentChange !== undefined);
  const last = isQuoted ? Number.MAX_SAFE_INTEGER : Math.max(...seqs);
  return IDBKeyRange.bound([conversationId, Math.min(...seqs)], [conversationId, last]);
}

function abort(tx: { abort(): void }): void {
  try {
    tx.abort();
  } catch {
    // The browser has ended it already.
  }
}
