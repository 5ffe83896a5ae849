import type { MuteAllInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { changeGroup } from './change-group.ts';
import { changeProfile } from './change-profile.ts';

/**
 * Lets only the owner and admins write, or everybody again. One row, however many members there are. Throws NOT_FOUND, FORBIDDEN,
 * GROUP_DISMISSED, RATE_LIMITED.
 */
export async function muteAll(ctx: UserContext, input: MuteAllInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'muteAll', async (change) => {
    if (change.rules.mutedAll === input.muted) return;
    await changeProfile(change, (sql) => sql`muted_all = ${input.muted}`);
    await change.say({ notice: input.muted ? 'group.muted' : 'group.unmuted', userIds: [] });
  });
}
