import type { Tx } from '../transact.ts';
import { readViewsOfMembers } from './conversation-views.ts';

/** Counts and tells each of these members, in all their sessions, that the conversation is theirs now. */
export async function tellJoined(tx: Tx, conversationId: string, userIds: readonly string[]): Promise<void> {
  const changes = await tx.moveUserHeads(userIds);
  await tx.sql`
    update members m set user_change = t.change
    from unnest(${[...changes.keys()]}::text[], ${[...changes.values()]}::bigint[]) as t (user_id, change)
    where m.conversation_id = ${conversationId} and m.user_id = t.user_id`;
  const views = await readViewsOfMembers(tx.sql, conversationId, userIds);
  for (const [userId, conversation] of views) {
    const userChange = conversation.me.userChange;
    tx.tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.joined', userChange, conversation }] });
  }
}
