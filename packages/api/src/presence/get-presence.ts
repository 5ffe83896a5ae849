import type { GetPresenceInput, PresenceResult, PresenceView } from '@nexo/shared';
import type { Services, UserContext } from '../context.ts';
import { absentView, readPresenceViews } from './presence-views.ts';
import { listVisible } from './visibility.ts';

/** The presence of these users as the caller may see it. Throws RATE_LIMITED. */
export async function getPresence(ctx: UserContext, input: GetPresenceInput): Promise<PresenceResult> {
  await ctx.rateLimits.take('presencePerUser', ctx.session.userId);
  return { items: await readPresenceFor(ctx, ctx.session.userId, [...new Set(input.userIds)]) };
}

/** One view for each user, in the order named. Of whom the viewer may not see it says what it says of nobody. */
export async function readPresenceFor(
  services: Pick<Services, 'db' | 'presence'>,
  viewerId: string,
  userIds: readonly string[],
): Promise<PresenceView[]> {
  const visible = await listVisible(services.db.sql, viewerId, userIds);
  const { views, others } = await readPresenceViews(services, [...visible]);
  return userIds.map((id) => views.get(id) ?? absentView(id, others));
}
