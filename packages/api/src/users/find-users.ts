import type { Sql } from '@nexo/db';
import { AppError } from '@nexo/shared';

/**
 * The stored ids of the named users, each once, in the order named; ids are found without regard to case. Throws NOT_FOUND when
 * one does not exist.
 */
export async function findUsers(sql: Sql, userIds: readonly string[]): Promise<string[]> {
  const found = await findStoredIds(sql, userIds);
  return [...new Set(userIds.map((id) => id.toLowerCase()))].map((id) => {
    const stored = found.get(id);
    if (stored === undefined) throw new AppError('NOT_FOUND', { message: `No such user: ${id}` });
    return stored;
  });
}

/** The stored ids of those named users that exist, by the lower case of what was asked for. Nobody can name the system itself. */
export async function findStoredIds(sql: Sql, userIds: readonly string[]): Promise<Map<string, string>> {
  const wanted = [...new Set(userIds.map((id) => id.toLowerCase()))];
  const rows = await sql<{ id: string }[]>`
    select id from users where lower(id) = any(${wanted}::text[]) and kind <> 'system'`;
  return new Map(rows.map((row) => [row.id.toLowerCase(), row.id]));
}
