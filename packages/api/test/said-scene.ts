import { newId, type SendableContent } from '@nexo/shared';
import type { WorldUser } from '../src/testing/index.ts';

export const send = (who: WorldUser, conversationId: string, content: SendableContent, more: { silent?: true } = {}) =>
  who.caller.messages.send({ conversationId, clientMessageId: newId(), content, ...more });

/** One's own side of a conversation. */
export const mine = async (who: WorldUser, conversationId: string) => (await who.caller.conversations.get({ conversationId })).me;

export async function directOf(one: WorldUser, other: WorldUser): Promise<string> {
  return (await one.caller.conversations.openDirect({ userId: other.id })).id;
}

/** What a message says to this user; `none` when they do not get it. */
export async function contentOf(who: WorldUser, conversationId: string, seq: number): Promise<{ type: string }> {
  const { items } = await who.caller.messages.get({ conversationId, seqs: [seq] });
  return items[0]?.content ?? { type: 'none' };
}
