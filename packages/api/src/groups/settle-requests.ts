import { timeOf } from '../sql-time.ts';
import type { GroupChange } from './change-group.ts';
import { countUses } from './links.ts';

/**
 * Decides those of these people's applications that wait, and tells who applied and who might have decided. Null: all of the group's.
 * Answers whose they were.
 */
export async function settleRequests(
  change: GroupChange,
  userIds: readonly string[] | null,
  status: 'accepted' | 'refused',
): Promise<string[]> {
  const { ctx, tx, conversationId, actor } = change;
  const rows = await tx.sql<{ user_id: string; inviter_id: string | null; link_code: string | null }[]>`
    update group_requests set status = ${status}, handled_by = ${actor.userId}, handled_at = ${timeOf(tx.sql, ctx.clock.now())}
    where conversation_id = ${conversationId} and status = 'pending'
      ${userIds === null ? tx.sql`` : tx.sql`and user_id = any(${userIds as string[]}::text[])`}
    returning user_id, inviter_id, link_code`;
  if (rows.length === 0) return [];
  const codes = rows.flatMap((row) => (status === 'accepted' && row.link_code !== null ? [row.link_code] : []));
  if (codes.length > 0) await countUses(tx.sql, codes);
  // Who was only invited knows nothing of it.
  change.privately({ applied: rows.filter((row) => row.inviter_id === null).map((row) => row.user_id) });
  await tellManagers(change);
  return rows.map((row) => row.user_id);
}

/** Owner and admins hear how many applications wait. They are at most `limits.groupAdminsMax`. */
export async function tellManagers(change: GroupChange): Promise<void> {
  const rows = await change.tx.sql<{ user_id: string }[]>`
    select user_id from members
    where conversation_id = ${change.conversationId} and left_at is null and role <> 'member'`;
  change.privately({ updated: rows.map((row) => row.user_id) });
}
