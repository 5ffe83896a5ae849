import { AppError, limits } from '@nexo/shared';
import { timeOf } from '../sql-time.ts';
import type { GroupChange } from './change-group.ts';
import { tellManagers } from './settle-requests.ts';

/**
 * Puts people before the owner and admins: who applied, or was invited by `inviterId`. Who waits already stays as they are. Answers
 * who is new. Throws GROUP_FULL when too many wait.
 */
export async function insertRequests(
  change: GroupChange,
  userIds: readonly string[],
  by: { inviterId?: string; message?: string | undefined; linkCode?: string | undefined },
): Promise<string[]> {
  const { ctx, tx, conversationId } = change;
  const [waiting] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from group_requests where conversation_id = ${conversationId} and status = 'pending'`;
  if ((waiting?.count ?? 0) + userIds.length > limits.groupRequestsMax) {
    throw new AppError('GROUP_FULL', { message: 'Too many wait to be let in already' });
  }
  const rows = await tx.sql<{ user_id: string }[]>`
    insert into group_requests as r (conversation_id, user_id, message, inviter_id, link_code, group_name, status, requested_at)
    select ${conversationId}, t.user_id, ${by.message ?? null}, ${by.inviterId ?? null}, ${by.linkCode ?? null},
      ${change.group.name}, 'pending', ${timeOf(tx.sql, ctx.clock.now())}
    from unnest(${userIds as string[]}::text[]) as t (user_id)
    on conflict (conversation_id, user_id) do update set
      message = excluded.message, inviter_id = excluded.inviter_id, link_code = excluded.link_code,
      group_name = excluded.group_name, status = 'pending', requested_at = excluded.requested_at,
      handled_by = null, handled_at = null
      where r.status <> 'pending'
    returning user_id`;
  if (rows.length === 0) return [];
  if (by.inviterId === undefined) change.privately({ applied: rows.map((row) => row.user_id) });
  await tellManagers(change);
  return rows.map((row) => row.user_id);
}
