import { AppError, canonicalEmoji, type ListReactionsInput, type ListReactionsResult, limits } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';
import { readOnly } from '../read-only.ts';
import { msOf } from '../sql-time.ts';
import { readMessage } from './lock-message.ts';

/** Who reacted with one emoji, in the order in which they did. Throws NOT_FOUND, FORBIDDEN for who has left, INVALID_INPUT. */
export async function listReactions(ctx: UserContext, input: ListReactionsInput): Promise<ListReactionsResult> {
  const { userId } = ctx.session;
  const { conversationId, seq } = input;
  const emoji = canonicalEmoji(input.emoji);
  const after = Number(input.cursor ?? 0);
  if (!Number.isSafeInteger(after) || after < 0)
    throw new AppError('INVALID_INPUT', { message: 'cursor: not one of ours', field: 'cursor' });
  const limit = input.limit ?? limits.pageDefault;
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, userId, conversationId, 'present');
    if ((await readMessage(sql, access, seq)) === null)
      throw new AppError('NOT_FOUND', { message: 'No such message', field: 'seq' });
    const [rows, mine] = await Promise.all([
      sql<{ user_id: string; change: number; at: number }[]>`
        select user_id, change, ${msOf(sql, sql`created_at`)} as at from reactions
        where conversation_id = ${conversationId} and seq = ${seq} and emoji = ${emoji} and change > ${after}
        order by change limit ${limit + 1}`,
      sql`
        select 1 from reactions
        where conversation_id = ${conversationId} and seq = ${seq} and emoji = ${emoji} and user_id = ${userId}`,
    ]);
    const page = rows.slice(0, limit);
    return {
      items: page.map((row) => ({ userId: row.user_id, at: row.at })),
      nextCursor: rows.length > limit ? String(page.at(-1)?.change ?? after) : null,
      mine: mine.length > 0,
    };
  });
}
