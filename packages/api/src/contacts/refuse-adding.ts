import type { Sql } from '@nexo/db';
import { blockedByYou, notReachable } from './peer-standing.ts';

/**
 * Refuses to put people into a group of the caller's. Throws BLOCKED_BY_YOU when the caller has blocked one of them, and NOT_REACHABLE
 * when one of them does not take it from the caller: by a setting of theirs or, which looks the same, a block. Name all who were asked
 * for, also who is a member already: or the refusal would tell who is not.
 */
export async function refuseAdding(sql: Sql, me: string, userIds: readonly string[]): Promise<void> {
  const [row] = await sql<{ blocks: boolean | null; refuses: boolean | null }[]>`
    select
      bool_or(exists (select 1 from blocks where owner_id = ${me} and blocked_id = u.id and removed_at is null)) as blocks,
      bool_or(
        u.settings->>'groupInvitesFrom' = 'nobody'
        or (u.settings->>'groupInvitesFrom' = 'contacts' and not exists (
          select 1 from contacts where owner_id = u.id and contact_id = ${me} and removed_at is null))
        or exists (select 1 from blocks where owner_id = u.id and blocked_id = ${me} and removed_at is null)) as refuses
    from users u where u.id = any(${userIds as string[]}::text[]) and u.id <> ${me}`;
  if (row?.blocks === true) throw blockedByYou();
  if (row?.refuses === true) throw notReachable();
}
