import { AppError } from '@nexo/shared';
import type { Tx } from '../transact.ts';
import { findUsers } from '../users/find-users.ts';

/**
 * The stored id of another user. Throws NOT_FOUND when there is no such user, INVALID_INPUT when it is the caller: nobody is their
 * own contact.
 */
export async function findOther(tx: Tx, me: string, userId: string): Promise<string> {
  const [other] = await findUsers(tx.sql, [userId]);
  if (other === undefined || other === me)
    throw new AppError('INVALID_INPUT', { message: 'userId: that is you', field: 'userId' });
  return other;
}

/**
 * Locks what people keep of each other: until the commit nobody else changes contacts, requests or blocks of theirs. Both sides of a
 * pair at once, so that two who ask each other at the same moment meet. Always before those rows are touched, and after heads and
 * members.
 */
export async function lockPeople(tx: Tx, userIds: readonly string[]): Promise<void> {
  const sorted = [...new Set(userIds)].sort();
  await tx.sql`
    insert into user_heads (user_id)
    select user_id from unnest(${sorted}::text[]) with ordinality as t (user_id, place) order by place
    on conflict do nothing`;
  await tx.sql`select 1 from user_heads where user_id = any(${sorted}::text[]) order by user_id collate "C" for update`;
}
