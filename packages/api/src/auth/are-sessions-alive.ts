import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';

/** An open socket is being seen; noting it more rarely than a call spares the table when many are connected. */
const touchConnectedEveryMs = 5 * 60_000;

/**
 * Those of the given sessions that are neither revoked nor expired: asks the database, for the gateway's regular second look at
 * its sockets. Notes that they were seen.
 */
export async function areSessionsAlive(
  services: Pick<Services, 'db' | 'clock'>,
  sessionIds: readonly string[],
): Promise<Set<string>> {
  if (sessionIds.length === 0) return new Set();
  const { sql } = services.db;
  const now = services.clock.now();
  // One array, since a statement takes no more than 65,535 parameters.
  const alive = sql`id = any(${[...sessionIds]}::uuid[]) and revoked_at is null and expires_at > ${timeOf(sql, now)}`;
  const rows = await sql<{ id: string }[]>`select id from sessions where ${alive}`;
  // Locked by id: other nodes write the same rows, and must not wait for us in a circle.
  await sql`
    with locked as materialized (
      select id from sessions where ${alive} and last_seen_at < ${timeOf(sql, now - touchConnectedEveryMs)} order by id for no key update
    )
    update sessions s set last_seen_at = ${timeOf(sql, now)} from locked where s.id = locked.id`;
  return new Set(rows.map((row) => row.id));
}
