import type { PresenceResult, SubscribePresenceInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';

/** Has the caller's connection told of these users' presence from now on, and answers how it is now. Throws RATE_LIMITED. */
export async function subscribePresence(ctx: UserContext, input: SubscribePresenceInput): Promise<PresenceResult> {
  await ctx.rateLimits.take('presencePerUser', ctx.session.userId);
  return { items: await ctx.streams.watchPresence(ctx.session, [...new Set(input.userIds)]) };
}
