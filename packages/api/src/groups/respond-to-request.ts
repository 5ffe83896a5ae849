import { AppError, type RespondToRequestInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { addMembers } from './add-members.ts';
import { changeGroup } from './change-group.ts';
import { settleRequests } from './settle-requests.ts';

/**
 * Lets somebody in who applied or was invited, or refuses them; of two who decide at once the first does. Throws NOT_FOUND (group, or
 * nobody of this id waits any more), FORBIDDEN, GROUP_DISMISSED, GROUP_FULL, RATE_LIMITED.
 */
export async function respondToRequest(ctx: UserContext, input: RespondToRequestInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'handleRequests', async (change) => {
    const [request] = await change.tx.sql<{ inviter_id: string | null }[]>`
      select inviter_id from group_requests
      where conversation_id = ${change.conversationId} and user_id = ${input.userId} and status = 'pending'`;
    if (request === undefined) throw new AppError('NOT_FOUND', { message: 'No such application', field: 'userId' });
    if (input.accept) await addMembers(change, [input.userId], request.inviter_id ?? input.userId);
    else await settleRequests(change, [input.userId], 'refused');
  });
}
