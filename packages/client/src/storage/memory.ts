import type { ConversationView, MessageView } from '@nexo/shared';
import { changedRows } from '../reducer/versions.ts';
import type { OutboxEntry, Storage, StorageMaker, StoredState } from './storage.ts';

/** Messages kept of one conversation; twice as many are let in before the oldest go. */
const messagesMax = 500;

interface Kept {
  state: StoredState | undefined;
  conversations: Map<string, ConversationView>;
  messages: Map<string, Map<number, MessageView>>;
  outbox: Map<string, OutboxEntry>;
}

/**
 * Keeps everything in memory: gone with the process, but not with the client. Two clients that were given the same maker share
 * what they keep, as two tabs of a browser do.
 */
export function memoryStorage(): StorageMaker {
  const people = new Map<string, Kept>();
  return async (userId) => {
    let kept = people.get(userId);
    if (kept === undefined) {
      kept = { state: undefined, conversations: new Map(), messages: new Map(), outbox: new Map() };
      people.set(userId, kept);
    }
    return storageOver(kept);
  };
}

function storageOver(kept: Kept): Storage {
  return {
    loadState: async () => kept.state,
    loadConversations: async () => [...kept.conversations.values()],
    loadOutbox: async () => [...kept.outbox.values()].sort((a, b) => a.position - b.position),
    async loadMessages(conversationId, before, limit) {
      const messages = [...(kept.messages.get(conversationId)?.values() ?? [])];
      const wanted = before === undefined ? messages : messages.filter((message) => message.seq < before);
      return wanted.sort((a, b) => a.seq - b.seq).slice(-limit);
    },
    async write(batch) {
      if (batch.state !== undefined) kept.state = batch.state;
      for (const conversation of batch.conversations ?? []) kept.conversations.set(conversation.id, conversation);
      for (const id of batch.removedConversationIds ?? []) {
        kept.conversations.delete(id);
        kept.messages.delete(id);
      }
      for (const id of batch.voidedConversationIds ?? []) kept.messages.delete(id);
      for (const { conversationId, belowSeq } of batch.cleared ?? []) {
        const messages = kept.messages.get(conversationId);
        for (const seq of [...(messages?.keys() ?? [])]) if (seq < belowSeq) messages?.delete(seq);
      }
      for (const message of batch.messages ?? []) {
        let messages = kept.messages.get(message.conversationId);
        if (messages === undefined) {
          messages = new Map();
          kept.messages.set(message.conversationId, messages);
        }
        messages.set(message.seq, message);
        if (messages.size >= messagesMax * 2) trim(messages);
      }
      for (const message of batch.changedMessages ?? []) {
        const messages = kept.messages.get(message.conversationId);
        for (const row of changedRows([...(messages?.values() ?? [])], [message])) messages?.set(row.seq, row);
      }
      for (const { conversationId, seq } of batch.removedMessages ?? []) kept.messages.get(conversationId)?.delete(seq);
      for (const entry of batch.outbox ?? []) kept.outbox.set(entry.clientMessageId, entry);
      for (const id of batch.removedOutboxIds ?? []) kept.outbox.delete(id);
    },
    async clear() {
      kept.state = undefined;
      kept.conversations.clear();
      kept.messages.clear();
      kept.outbox.clear();
    },
    async close() {},
  };
}

function trim(messages: Map<number, MessageView>): void {
  const oldest = [...messages.keys()].sort((a, b) => a - b).slice(0, -messagesMax);
  for (const seq of oldest) messages.delete(seq);
}
