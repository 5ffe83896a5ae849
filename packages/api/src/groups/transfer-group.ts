import type { TransferGroupInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { demand, demandPlaceForAdmin, readTarget } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { changeMember } from './change-member.ts';

/**
 * Makes another member the owner; who was it becomes an admin. Throws NOT_FOUND (group or member), FORBIDDEN, GROUP_DISMISSED,
 * GROUP_FULL (too many admins), RATE_LIMITED.
 */
export async function transferGroup(ctx: UserContext, input: TransferGroupInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'transfer', async (change) => {
    const target = await readTarget(change.tx.sql, change.conversationId, input.userId);
    demand('transfer', change, ctx.clock.now(), target);
    // An admin who becomes the owner leaves their place to the owner of before.
    if (target.role === 'member') await demandPlaceForAdmin(change.tx.sql, change.conversationId, 'userId');
    await changeMember(change, change.actor.userId, { role: 'admin' });
    await changeMember(change, target.userId, { role: 'owner' });
    await change.say({ notice: 'group.transferred', userIds: [target.userId] });
  });
}
