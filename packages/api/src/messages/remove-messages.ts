import { AppError, type RemovedMessages, type RemoveMessagesInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';
import { readConversationViews } from '../conversations/conversation-views.ts';
import { type Tx, transact } from '../transact.ts';

/**
 * Removes messages from the caller's own view, on all their devices; for everybody else nothing changes. Who has left may tidy up,
 * too. What does not exist, is not visible or was removed before is passed over. Throws NOT_FOUND for a stranger, RATE_LIMITED.
 */
export async function removeMessages(ctx: UserContext, input: RemoveMessagesInput): Promise<RemovedMessages> {
  const { userId } = ctx.session;
  const { conversationId } = input;
  await ctx.rateLimits.take('touchMessagePerUser', userId);
  return transact(ctx, async (tx) => {
    await accessConversation(tx.sql, userId, conversationId, 'read');
    const removed = await removeFromView(tx, conversationId, userId, input.seqs);
    if (removed !== null) return { userChange: removed };
    const [head] = await tx.sql<{ change: number }[]>`select change from user_heads where user_id = ${userId}`;
    return { userChange: head?.change ?? 0 };
  });
}

/** The change of the user by which these messages have left their view; null when there was nothing of them in it. */
export async function removeFromView(
  tx: Tx,
  conversationId: string,
  userId: string,
  named: readonly number[],
): Promise<number | null> {
  const rows = await tx.sql<{ seq: number }[]>`
    insert into removed_messages (conversation_id, user_id, seq, user_change)
    select msg.conversation_id, m.user_id, msg.seq, 0 from members m join messages msg on msg.conversation_id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId} and msg.seq = any(${named as number[]}::bigint[])
      and m.visible @> msg.seq
    order by msg.seq
    on conflict do nothing returning seq`;
  const seqs = rows.map((row) => row.seq).sort((a, b) => a - b);
  if (seqs.length === 0) return null;
  await tx.sql`
    select 1 from members where conversation_id = ${conversationId} and user_id = ${userId} for update`;
  const userChange = await tx.moveUserHead(userId);
  await tx.sql`
    update removed_messages set user_change = ${userChange}
    where conversation_id = ${conversationId} and user_id = ${userId} and seq = any(${seqs}::bigint[])`;
  await tx.sql`
    update members set user_change = ${userChange} where conversation_id = ${conversationId} and user_id = ${userId}`;
  const [view] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
  if (view === undefined) throw new AppError('INTERNAL');
  const { me, activeAt, lastMessage } = view;
  const shown = lastMessage === undefined ? {} : { lastMessage };
  const event = { type: 'me.removed' as const, userChange, conversationId, seqs, ...shown, activeAt, me };
  tx.tell({ kind: 'user', userId, change: userChange, events: [event] });
  return userChange;
}
