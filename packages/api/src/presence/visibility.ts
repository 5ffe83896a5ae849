import type { Sql } from '@nexo/db';
import type { Audience } from '@nexo/shared';
import { presenceVisibleTo } from '../users/user-view.ts';
import { areBlocked, areContacts, type ContactPair } from './contacts.ts';

/** Somebody, and somebody whose presence they would like to see. */
export interface Looking {
  viewerId: string;
  userId: string;
}

/**
 * For each pair whether the viewer may see the presence of the user. Both must show theirs to the other: who hides sees nobody
 * who could not see them, and a block hides both. Everybody sees themselves. Who does not exist is not seen.
 */
export async function mayLook(sql: Sql, pairs: readonly Looking[]): Promise<boolean[]> {
  const [audiences, blocked] = await Promise.all([
    readAudiences(sql, [...new Set(pairs.flatMap(({ viewerId, userId }) => [viewerId, userId]))]),
    areBlocked(
      sql,
      pairs.map(({ viewerId, userId }) => ({ owner: userId, other: viewerId })),
    ),
  ]);
  const asked: ContactPair[] = [];
  /** True or false, or the places of the questions that decide it. */
  const verdicts = pairs.map(({ viewerId, userId }, index): boolean | number[] => {
    if (viewerId === userId) return true;
    if (blocked[index] === true) return false;
    const open: number[] = [];
    for (const [owner, other] of [
      [userId, viewerId],
      [viewerId, userId],
    ] as const) {
      const audience = audiences.get(owner) ?? 'nobody';
      if (audience === 'nobody') return false;
      if (audience === 'contacts') open.push(asked.push({ owner, other }) - 1);
    }
    return open.length === 0 ? true : open;
  });
  const answers = await areContacts(sql, asked);
  return verdicts.map((verdict) => (typeof verdict === 'boolean' ? verdict : verdict.every((place) => answers[place] === true)));
}

/** Those of the users whose presence the viewer may see. */
export async function listVisible(sql: Sql, viewerId: string, userIds: readonly string[]): Promise<Set<string>> {
  const may = await mayLook(
    sql,
    userIds.map((userId) => ({ viewerId, userId })),
  );
  return new Set(userIds.filter((_, index) => may[index]));
}

async function readAudiences(sql: Sql, userIds: readonly string[]): Promise<Map<string, Audience>> {
  if (userIds.length === 0) return new Map();
  const rows = await sql<{ id: string; settings: unknown }[]>`select id, settings from users where id = any(${userIds}::text[])`;
  return new Map(rows.map((row) => [row.id, presenceVisibleTo(row.settings)]));
}
