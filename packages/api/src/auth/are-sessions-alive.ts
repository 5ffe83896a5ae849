import { schema } from '@nexo/db';
import { and, gt, inArray, isNull, lt, type SQL } from 'drizzle-orm';
import type { Services } from '../context.ts';

const { sessions } = schema;

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
  const now = services.clock.now();
  const alive = (also?: SQL) =>
    and(inArray(sessions.id, [...sessionIds]), isNull(sessions.revokedAt), gt(sessions.expiresAt, new Date(now)), also);
  const rows = await services.db.orm.select({ id: sessions.id }).from(sessions).where(alive());
  await services.db.orm
    .update(sessions)
    .set({ lastSeenAt: new Date(now) })
    .where(alive(lt(sessions.lastSeenAt, new Date(now - touchConnectedEveryMs))));
  return new Set(rows.map((row) => row.id));
}
