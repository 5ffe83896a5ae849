import type { MeEvent } from '@nexo/shared';
import type { Tx } from '../transact.ts';
import { readViewsOfMembers } from './conversation-views.ts';

/** Who is to hear what about their own side of a conversation. Nobody stands in two of the lists. */
export interface ToTell {
  /** The conversation is theirs now. */
  joined?: readonly string[];
  /** Their own side of it is another now. */
  updated?: readonly string[];
  /** Their application to it is decided. */
  applied?: readonly string[];
}

/**
 * Counts a private change of each of these people and tells all their sessions. All of them in one statement, so that their heads
 * are locked in one order, however many and whatever they hear; after their rows of the conversation, as who reads or settles
 * something locks both in that order.
 */
export async function tellMembers(tx: Tx, conversationId: string, toTell: ToTell): Promise<void> {
  const { joined = [], updated = [], applied = [] } = toTell;
  // Who begins notes to themselves is both people of it.
  const members = [...new Set([...joined, ...updated])];
  if (members.length + applied.length === 0) return;
  if (members.length > 0) await lockMembers(tx, conversationId, members);
  const changes = await tx.moveUserHeads([...members, ...applied]);
  const changeOf = (userId: string) => changes.get(userId) ?? 0;
  const tell = (userId: string, event: MeEvent) => tx.tell({ kind: 'user', userId, change: event.userChange, events: [event] });
  if (members.length > 0) {
    // They are there. Said as an insertion it goes by their keys, however many others are (`namedMembers`).
    await tx.sql`
      insert into members (conversation_id, user_id, user_change)
      select ${conversationId}, t.user_id, t.change
      from unnest(${members}::text[], ${members.map(changeOf)}::bigint[]) as t (user_id, change)
      on conflict (conversation_id, user_id) do update set user_change = excluded.user_change`;
    const hasJoined = new Set(joined);
    for (const [userId, conversation] of await readViewsOfMembers(tx.sql, conversationId, members)) {
      const { me } = conversation;
      const { userChange } = me;
      tell(
        userId,
        hasJoined.has(userId)
          ? { type: 'me.joined', userChange, conversation }
          : { type: 'me.updated', userChange, conversationId, me },
      );
    }
  }
  for (const userId of applied) tell(userId, { type: 'me.groupRequests', userChange: changeOf(userId) });
}

/** By their keys, however many others are; who is not there yet is nobody's to lock. */
async function lockMembers(tx: Tx, conversationId: string, userIds: readonly string[]): Promise<void> {
  await tx.sql`
    select 1 from unnest(${[...userIds].sort()}::text[]) as named (user_id) cross join lateral (
      select 1 from members x where x.conversation_id = ${conversationId} and x.user_id = named.user_id limit 1 for update
    ) m`;
}
