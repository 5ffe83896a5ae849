import type { Sql } from '@nexo/db';
import { blockedByYou, notReachable } from './peer-standing.ts';

/**
 * Refuses to put people into something of the caller's between whom and the caller there is a block. Throws BLOCKED_BY_YOU for one whom
 * the caller has blocked, NOT_REACHABLE for one who has blocked the caller.
 */
export async function refuseBlocked(sql: Sql, me: string, userIds: readonly string[]): Promise<void> {
  const rows = await sql<{ owner_id: string }[]>`
    select owner_id from blocks
    where removed_at is null and (owner_id = ${me} and blocked_id = any(${userIds as string[]}::text[])
      or blocked_id = ${me} and owner_id = any(${userIds as string[]}::text[]))`;
  if (rows.length === 0) return;
  throw rows.some((row) => row.owner_id === me) ? blockedByYou() : notReachable();
}
