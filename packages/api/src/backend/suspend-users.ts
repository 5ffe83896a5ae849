import type { SuspendUsersInput } from '@nexo/shared';
import { lockLiveSessions, revokeSessions, tellSessions } from '../auth/session-rows.ts';
import type { BackendContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { findUsers } from '../users/find-users.ts';

/**
 * Shuts users out: their sessions end with the same commit, and none begins before they are restored. Who is suspended already is left
 * out. What they wrote stays, and others may go on writing to them. Throws NOT_FOUND when one of them does not exist.
 */
export async function suspendUsers(ctx: BackendContext, input: SuspendUsersInput): Promise<{ suspendedUserIds: string[] }> {
  return transact(ctx, async (tx) => {
    const suspended = await mark(tx, input.userIds, ctx.clock.now());
    for (const userId of suspended) {
      const live = await lockLiveSessions(tx, userId, new Date(ctx.clock.now()));
      const ids = live.map((session) => session.id);
      await revokeSessions(tx, ctx.clock, userId, ids, 'suspended');
    }
    for (const userId of suspended) await tellSessions(tx, userId);
    return { suspendedUserIds: suspended };
  });
}

/** Lets suspended users in again; others are left out. Throws NOT_FOUND when one of them does not exist. */
export async function restoreUsers(ctx: BackendContext, input: SuspendUsersInput): Promise<{ restoredUserIds: string[] }> {
  return transact(ctx, async (tx) => ({ restoredUserIds: await mark(tx, input.userIds, null) }));
}

/**
 * Marks users as suspended since then, or as not suspended; answers for whom that is new. The rows are those that the beginning of a
 * session locks: it comes before, and its session is found, or after, and is refused.
 */
async function mark(tx: Tx, userIds: readonly string[], sinceMs: number | null): Promise<string[]> {
  const ids = await findUsers(tx.sql, userIds);
  const rows = await tx.sql<{ id: string }[]>`
    with locked as materialized (
      select id from users where id = any(${ids}::text[]) and (suspended_at is null) = (${sinceMs}::float8 is not null)
      order by id for no key update
    )
    update users u set suspended_at = ${timeOf(tx.sql, sinceMs)} from locked where u.id = locked.id
    returning u.id`;
  return rows.map((row) => row.id).sort();
}
