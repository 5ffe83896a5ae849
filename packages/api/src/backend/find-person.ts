import type { Sql } from '@nexo/db';
import { AppError } from '@nexo/shared';
import { findStoredIds } from '../users/find-users.ts';

/** The stored id of a user. Throws NOT_FOUND, also for the system itself, which has no sessions and owns nothing. */
export async function findPerson(sql: Sql, userId: string): Promise<string> {
  const stored = (await findStoredIds(sql, [userId])).get(userId.toLowerCase());
  if (stored === undefined) throw new AppError('NOT_FOUND', { field: 'userId', message: 'No such user' });
  return stored;
}
