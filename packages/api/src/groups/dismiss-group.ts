import type { GroupIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { changeGroup, type GroupChange } from './change-group.ts';
import { changeProfile } from './change-profile.ts';
import { settleRequests } from './settle-requests.ts';

/**
 * Ends a group for all, at once: from this commit on nothing is sent, changed or joined in it; what was said stays readable.
 * Applications are refused and links are dead. No row of a member is touched, so it costs the same in a group of any size.
 * Throws NOT_FOUND, FORBIDDEN, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function dismissGroup(ctx: UserContext, input: GroupIdInput): Promise<void> {
  await ctx.rateLimits.take('groupPerUser', ctx.session.userId);
  await changeGroup(ctx, input.conversationId, 'dismiss', dismiss);
}

/** The same for who has the right already. */
export async function dismiss(change: GroupChange): Promise<void> {
  const now = change.ctx.clock.now();
  await change.say({ notice: 'group.dismissed', userIds: [] });
  await changeProfile(change, (sql) => sql`dismissed_at = ${timeOf(sql, now)}`, 'group.dismissed');
  await settleRequests(change, null, 'refused');
  await change.tx.sql`
    update group_links set revoked_at = ${timeOf(change.tx.sql, now)}
    where conversation_id = ${change.conversationId} and revoked_at is null`;
}
