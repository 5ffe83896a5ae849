import type { MuteMemberInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { demand, readTarget } from './access-group.ts';
import { changeGroup } from './change-group.ts';
import { changeMember } from './change-member.ts';

/**
 * Keeps a member of a lower role from writing, for so long from now; null lets them again. Leaving and coming back does not end it.
 * Answers until when. Throws NOT_FOUND (group or member), FORBIDDEN, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function muteMember(ctx: UserContext, input: MuteMemberInput): Promise<{ mutedUntil: number | null }> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  return changeGroup(ctx, input.conversationId, 'mute', async (change) => {
    const now = ctx.clock.now();
    const target = await readTarget(change.tx.sql, change.conversationId, input.userId);
    demand('mute', change, now, target);
    const userIds = [target.userId];
    const mutedUntil = input.forMs === null ? null : now + input.forMs;
    await changeMember(change, target.userId, { mutedUntil });
    await change.say(
      mutedUntil === null ? { notice: 'member.unmuted', userIds } : { notice: 'member.muted', userIds, until: mutedUntil },
    );
    return { mutedUntil };
  });
}
