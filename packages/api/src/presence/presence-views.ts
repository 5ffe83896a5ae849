import type { Platform, PresenceView } from '@nexo/shared';
import type { Services } from '../context.ts';
import { msOf } from '../sql-time.ts';
import type { HeldSession } from './presence-store.ts';

export interface PresenceViews {
  /** Of the users asked for. */
  views: ReadonlyMap<string, PresenceView>;
  /** How somebody looks of whom nothing may be said: exactly like somebody who never was here. */
  others: 'offline' | 'unknown';
}

/**
 * The presence of these users, for somebody who may see it. The database is asked only for when people were last seen who have
 * been gone for some time.
 */
export async function readPresenceViews(
  services: Pick<Services, 'db' | 'presence'>,
  userIds: readonly string[],
): Promise<PresenceViews> {
  const { held, others } = await services.presence.read(userIds);
  const isGone = (id: string) => (held.get(id)?.sessions.length ?? 0) === 0;
  const goneLong = others === 'unknown' ? [] : userIds.filter((id) => isGone(id) && held.get(id)?.lastSeenAt === undefined);
  const stored = await readLastSeen(services, goneLong);
  const views = userIds.map((userId): [string, PresenceView] => {
    const found = held.get(userId);
    if (found === undefined && others === 'unknown') return [userId, absentView(userId, others)];
    if (found !== undefined && found.sessions.length > 0) return [userId, presentView(userId, found.sessions)];
    const lastSeenAt = found?.lastSeenAt ?? stored.get(userId);
    return [userId, { ...absentView(userId, 'offline'), ...(lastSeenAt !== undefined && { lastSeenAt }) }];
  });
  return { views: new Map(views), others };
}

/** Somebody of whom nothing is known, or nothing is to be known. */
export function absentView(userId: string, status: 'offline' | 'unknown'): PresenceView {
  return { userId, status, platforms: [] };
}

function presentView(userId: string, sessions: readonly HeldSession[]): PresenceView {
  const platforms = [...new Set(sessions.map((session): Platform => session.platform))].sort();
  return { userId, status: sessions.some((session) => session.foreground) ? 'online' : 'away', platforms };
}

async function readLastSeen({ db }: Pick<Services, 'db'>, userIds: readonly string[]): Promise<Map<string, number>> {
  if (userIds.length === 0) return new Map();
  const { sql } = db;
  const rows = await sql<{ user_id: string; at: number }[]>`
    select user_id, ${msOf(sql, sql`max(last_seen_at)`)} as at
    from sessions where user_id = any(${userIds}::text[]) group by user_id`;
  return new Map(rows.map((row) => [row.user_id, Math.floor(row.at)]));
}
