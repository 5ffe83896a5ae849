import { AppError, type GroupIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type GroupRow, groupColumns, groupRules } from '../conversations/group-view.ts';
import { transact } from '../transact.ts';
import { withChange } from './change-group.ts';
import { tellManagers } from './settle-requests.ts';

/** Takes back an application of one's own that waits. Throws NOT_FOUND when there is none, RATE_LIMITED. */
export async function withdrawRequest(ctx: UserContext, input: GroupIdInput): Promise<void> {
  const { userId } = ctx.session;
  const { conversationId } = input;
  await ctx.rateLimits.take('joinPerUser', userId);
  await transact(ctx, async (tx) => {
    const isOwn = tx.sql`
      conversation_id = ${conversationId} and user_id = ${userId} and status = 'pending' and inviter_id is null`;
    // Once without the lock: who has none holds nobody up.
    const waiting = await tx.sql`select 1 from group_requests where ${isOwn}`;
    if (waiting.length === 0) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
    const head = await tx.lockHead(conversationId);
    const gone = await tx.sql`delete from group_requests where ${isOwn} returning 1`;
    const [group] = await tx.sql<
      GroupRow[]
    >`select ${groupColumns(tx.sql)} from groups g where g.conversation_id = ${conversationId}`;
    if (gone.length === 0 || group === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
    const access = { conversationId, actor: { userId, role: 'member' as const }, group, rules: groupRules(group) };
    await withChange(ctx, tx, head, access, async (change) => {
      change.privately({ applied: [userId] });
      await tellManagers(change);
    });
  });
}
