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
 * are locked in one order, however many and whatever they hear.
 */
export async function tellMembers(tx: Tx, conversationId: string, toTell: ToTell): Promise<void> {
  const { joined = [], updated = [], applied = [] } = toTell;
  const members = [...joined, ...updated];
  if (members.length + applied.length === 0) return;
  const changes = await tx.moveUserHeads([...members, ...applied]);
  const changeOf = (userId: string) => changes.get(userId) ?? 0;
  const tell = (userId: string, event: MeEvent) => tx.tell({ kind: 'user', userId, change: event.userChange, events: [event] });
  if (members.length > 0) {
    await tx.sql`
      update members m set user_change = t.change
      from unnest(${members}::text[], ${members.map(changeOf)}::bigint[]) as t (user_id, change)
      where m.conversation_id = ${conversationId} and m.user_id = t.user_id`;
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
