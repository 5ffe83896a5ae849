import { AppError, type MarkUnreadInput, type MyMembership } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { accessConversation } from './access.ts';
import { readConversationViews } from './conversation-views.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * Marks a conversation as unread for the caller, from a message on, in all their sessions. The read position, which others see too,
 * stays where it is; the mark is over as soon as that moves, or by `conversations.markRead`. Throws NOT_FOUND, RATE_LIMITED.
 */
export async function markUnread(ctx: UserContext, input: MarkUnreadInput): Promise<MyMembership> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('settlePerUser', userId);
  return transact(ctx, async (tx) => {
    const { conversationId } = await accessConversation(tx.sql, userId, input.conversationId, 'read');
    const marked = await tx.sql`
      update members set marked_unread_seq = coalesce(${input.fromSeq ?? null}::bigint, read_seq), marked_read_seq = read_seq
      where conversation_id = ${conversationId} and user_id = ${userId}
        and (marked_read_seq is distinct from read_seq
          or marked_unread_seq is distinct from coalesce(${input.fromSeq ?? null}::bigint, read_seq))
      returning 1`;
    if (marked.length > 0) return tellMyself(tx, conversationId, userId);
    const [view] = await readConversationViews(tx.sql, userId, { ids: [conversationId] });
    if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
    return view.me;
  });
}
