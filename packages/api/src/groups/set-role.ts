import type { SetRoleInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { demand, demandPlaceForAdmin, readTarget } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { changeMember } from './change-member.ts';

/**
 * Makes a member an admin, or an admin a member again; the owner may. Throws NOT_FOUND (group or member), FORBIDDEN,
 * GROUP_DISMISSED, GROUP_FULL (too many admins), RATE_LIMITED.
 */
export async function setRole(ctx: UserContext, input: SetRoleInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'setRole', async (change) => {
    const { tx, conversationId } = change;
    const target = await readTarget(tx.sql, conversationId, input.userId);
    demand('setRole', change, ctx.clock.now(), target);
    if (target.role === input.role) return;
    if (input.role === 'admin') await demandPlaceForAdmin(tx.sql, conversationId, 'role');
    await changeMember(change, target.userId, { role: input.role });
    await change.say({ notice: 'member.role', userIds: [target.userId], role: input.role });
  });
}
