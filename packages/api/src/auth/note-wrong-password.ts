import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';

/** Wrong passwords that are further apart than this are not of one attack, but of a forgetful owner. */
export const wrongPasswordsWithinMs = 24 * 3_600_000;

/**
 * Counts a wrong password for an account, durably, so that its owner is told (`tellOfWrongPasswords`); for an account that does not
 * exist the same statement finds nothing to count. It does not wait for the disk: that would tell the two apart.
 */
export async function noteWrongPassword(ctx: Pick<Services, 'db' | 'clock' | 'newId'>, account: string): Promise<void> {
  const { sql } = ctx.db;
  const now = ctx.clock.now();
  const isOld = sql`w.first_at <= ${timeOf(sql, now - wrongPasswordsWithinMs)}`;
  await sql`
    insert into wrong_passwords as w (user_id, tries, first_at, notice_id)
    select c.user_id, 1, ${timeOf(sql, now)}, ${ctx.newId()}::uuid
    from users u join credentials c on c.user_id = u.id, set_config('synchronous_commit', 'off', true)
    where lower(u.id) = ${account}
    on conflict (user_id) do update set
      tries = case when ${isOld} then 1 else w.tries + 1 end,
      first_at = case when ${isOld} then excluded.first_at else w.first_at end`;
}
