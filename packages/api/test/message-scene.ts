import type { ConversationView, MessageView, StreamItem } from '@nexo/shared';
import type { World, WorldUser } from '../src/testing/index.ts';
import { groupOf, people } from './scene.ts';

export const words = (content: string) => ({ type: 'text' as const, text: content });

export const get = (user: WorldUser, conversationId: string): Promise<ConversationView> =>
  user.caller.conversations.get({ conversationId });

export const list = async (user: WorldUser, conversationId: string): Promise<MessageView[]> =>
  (await user.caller.messages.list({ conversationId, limit: 100 })).items;

export const one = async (user: WorldUser, conversationId: string, seq: number): Promise<MessageView | undefined> =>
  (await user.caller.messages.get({ conversationId, seqs: [seq] })).items[0];

/** The words of each, or what it is instead. */
export const textsOf = (messages: readonly MessageView[]) =>
  messages.map(({ content }) => (content.type === 'text' ? content.text : content.type));

/** Two people and their direct conversation. */
export async function pair(world: World) {
  const [alice, bob] = await people(world, 'alice', 'bob');
  const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
  return { alice, bob, id };
}

/** Owner, an admin (roles are set by hand: how is another matter), two members. */
export async function groupWithRoles(world: World) {
  const [owner, admin, carol, dave] = await people(world, 'owner', 'admin', 'carol', 'dave');
  const id = await groupOf(owner, admin, carol, dave);
  await world.services.db.sql`update members set role = 'admin' where conversation_id = ${id} and user_id = 'admin'`;
  return { owner, admin, carol, dave, id };
}

/** Events of the conversation that were told since, with their numbers. */
export function toldOf(world: World, conversationId: string): StreamItem[] {
  return world.heard.flatMap((message) =>
    message.kind === 'conversation' && message.conversationId === conversationId ? message.events : [],
  );
}

/** The unread as anybody could count them by hand: what they can see after their read position, countable and not revoked. */
export async function recount(user: WorldUser, conversationId: string): Promise<number> {
  const { me } = await get(user, conversationId);
  const messages = await list(user, conversationId);
  return messages.filter(({ seq, countable, revokedAt }) => seq > me.readSeq && countable && revokedAt === undefined).length;
}

/** Whatever touched it afterwards, its change is at most the one by which the reader left. */
export function withoutChange({ change: _change, ...message }: MessageView) {
  return message;
}

/** As it is in JSON. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
