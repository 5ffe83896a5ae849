import type { Sql } from '@nexo/db';
import { AppError, type MyUserView } from '@nexo/shared';
import { myUserView } from '../users/user-view.ts';

/** Changes when a backup is restored: counters may have gone back. */
export async function readEpoch(sql: Sql): Promise<string> {
  const [row] = await sql<{ epoch: string }[]>`select epoch from system`;
  if (row === undefined) throw new AppError('INTERNAL', { message: 'The database has no epoch' });
  return row.epoch;
}

export interface UserHead {
  /** The last private change. */
  change: number;
  /** The one that last touched the profile. */
  profileChange: number;
  user: MyUserView;
}

type UserHeadRow = Parameters<typeof myUserView>[0] & { change: number | null; profileChange: number | null };

/** Null when there is no such user. */
export async function readUserHead(sql: Sql, userId: string): Promise<UserHead | null> {
  const [row] = await sql<UserHeadRow[]>`
    select h.change, h.profile_change as "profileChange",
      u.id, u.display_name as "displayName", u.avatar_url as "avatarUrl", u.bio, u.kind, u.settings
    from users u left join user_heads h on h.user_id = u.id where u.id = ${userId}`;
  if (row === undefined) return null;
  return { change: row.change ?? 0, profileChange: row.profileChange ?? 0, user: myUserView(row) };
}
