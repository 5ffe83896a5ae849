import type { UpdateMemberInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { demand, readTarget } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { changeMember } from './change-member.ts';

/**
 * Names a member in this group: oneself, or, for the owner and admins, somebody of a lower role. It has no notice: it says of itself
 * what it is. Throws NOT_FOUND (group or member), FORBIDDEN, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function updateMember(ctx: UserContext, input: UpdateMemberInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'setNickname', async (change) => {
    const target = await readTarget(change.tx.sql, change.conversationId, input.userId ?? ctx.session.userId);
    demand('setNickname', change, ctx.clock.now(), target);
    await changeMember(change, target.userId, { nickname: input.nickname });
  });
}
