import { AppError, type MyMembership } from '@nexo/shared';
import type { Tx } from '../transact.ts';
import { readConversationViews } from './conversation-views.ts';

/** Counts that a user's own side of a conversation changed, and tells all their sessions how it is now. Answers that. */
export async function tellMyself(tx: Tx, conversationId: string, userId: string): Promise<MyMembership> {
  const change = await tx.moveUserHead(userId);
  await tx.sql`update members set user_change = ${change} where conversation_id = ${conversationId} and user_id = ${userId}`;
  const [view] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
  if (view === undefined) throw new AppError('INTERNAL');
  const { me } = view;
  tx.tell({ kind: 'user', userId, change, events: [{ type: 'me.updated', userChange: change, conversationId, me }] });
  return me;
}
