import type { KickInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { demand, readTargets } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { removeMembers } from './remove-members.ts';

/**
 * Removes members of a lower role than the caller's; all of them or, when one of them may not be removed, nobody. Who is no member
 * is passed over. Answers who was removed. Throws NOT_FOUND, FORBIDDEN, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function kickMembers(ctx: UserContext, input: KickInput): Promise<{ removedUserIds: string[] }> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  return changeGroup(ctx, input.conversationId, 'kick', async (change) => {
    const targets = await readTargets(change.tx.sql, change.conversationId, input.userIds);
    for (const target of targets) demand('kick', change, ctx.clock.now(), target);
    const removedUserIds = targets.map((target) => target.userId);
    if (removedUserIds.length === 0) return { removedUserIds };
    await removeMembers(change, removedUserIds);
    await change.say({ notice: 'member.kicked', userIds: removedUserIds });
    return { removedUserIds };
  });
}
