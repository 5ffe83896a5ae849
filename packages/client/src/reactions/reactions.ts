import { type ChangedMessage, canonicalEmoji, type MessageView, type ReactInput } from '@nexo/shared';
import type { PendingReactions } from './pending.ts';

export interface ReactionsOptions {
  react(input: ReactInput): Promise<ChangedMessage>;
  /** The server's answer to what has changed something, to be put in order. */
  confirmed(message: MessageView, emoji: string, on: boolean): void;
  /** A timeline looks different. */
  changed(conversationId: string): void;
}

/** Own reactions: shown at once, until the server has them or refuses. */
export interface Reactions {
  react(conversationId: string, seq: number, emoji: string, on: boolean): Promise<void>;
  /** Undefined when none is on its way. */
  pendingOf(conversationId: string): PendingReactions | undefined;
  clear(): void;
}

export function makeReactions({ react, confirmed, changed }: ReactionsOptions): Reactions {
  const pending = new Map<string, Map<number, Map<string, boolean>>>();
  /** The last call of each kind at each message: each waits for the one before, so that the last word of the person is the last. */
  const calls = new Map<string, Promise<void>>();

  function mark(conversationId: string, seq: number, emoji: string, on: boolean | null): void {
    const ofConversation = pending.get(conversationId) ?? new Map<number, Map<string, boolean>>();
    const ofMessage = new Map(ofConversation.get(seq));
    if (on === null) ofMessage.delete(emoji);
    else ofMessage.set(emoji, on);
    if (ofMessage.size === 0) ofConversation.delete(seq);
    else ofConversation.set(seq, ofMessage);
    if (ofConversation.size === 0) pending.delete(conversationId);
    else pending.set(conversationId, ofConversation);
    changed(conversationId);
  }

  return {
    react(conversationId, seq, typed, on) {
      const emoji = canonicalEmoji(typed);
      const key = `${conversationId} ${seq} ${emoji}`;
      mark(conversationId, seq, emoji, on);
      const before = calls.get(key) ?? Promise.resolve();
      const call = before
        .catch(() => {})
        .then(async () => {
          try {
            const { message, changed: isNew } = await react({ conversationId, seq, emoji, on });
            // Of what was so already the number belongs to another event.
            if (isNew) confirmed(message, emoji, on);
          } finally {
            // A later word about the same has its own call.
            if (calls.get(key) === call) {
              calls.delete(key);
              mark(conversationId, seq, emoji, null);
            }
          }
        });
      calls.set(key, call);
      return call;
    },
    pendingOf: (conversationId) => pending.get(conversationId),
    clear() {
      pending.clear();
      calls.clear();
    },
  };
}
