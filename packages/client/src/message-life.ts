import type { MessageRules, SendableContent } from '@nexo/shared';
import type { makeEngine } from './engine.ts';
import type { ChatClient } from './types/client.ts';

type Life = Pick<ChatClient['messages'], 'edit' | 'revoke' | 'remove' | 'reactions' | 'pin' | 'history' | 'get' | 'rules'>;

/** What can be done with messages once they are sent. What the server answers is put in order like what it tells. */
export function messageLife({ trpc, inbox }: Pick<ReturnType<typeof makeEngine>, 'trpc' | 'inbox'>): Life {
  let rules: Promise<MessageRules> | undefined;

  return {
    async edit(conversationId, seq, words) {
      const content: SendableContent = typeof words === 'string' ? { type: 'text', text: words } : words;
      const { message, changed } = await trpc.messages.edit.mutate({ conversationId, seq, content });
      // Of what was so already the number belongs to another event.
      if (changed) inbox.receive([{ type: 'message.edited', conversationId, change: message.change, message }]);
    },
    async revoke(conversationId, seq) {
      const { message, changed } = await trpc.messages.revoke.mutate({ conversationId, seq });
      if (changed) inbox.receive([{ type: 'message.revoked', conversationId, change: message.change, message }]);
    },
    async remove(conversationId, seqs) {
      await trpc.messages.remove.mutate({ conversationId, seqs: [...seqs] });
    },
    reactions: (conversationId, seq, emoji, cursor) =>
      trpc.messages.reactions.query({ conversationId, seq, emoji, ...(cursor === undefined ? {} : { cursor }) }),
    async pin(conversationId, seq, pinned) {
      await trpc.messages.pin.mutate({ conversationId, seq, pinned });
    },
    history: async (conversationId, seq) => (await trpc.messages.history.query({ conversationId, seq })).items,
    get: async (conversationId, seqs) => (await trpc.messages.get.query({ conversationId, seqs: [...seqs] })).items,
    rules() {
      rules ??= trpc.messages.rules.query();
      rules.catch(() => {
        rules = undefined;
      });
      return rules;
    },
  };
}
