import type { Sql } from '@nexo/db';
import type { MemberView, Role } from '@nexo/shared';
import { msOf } from '../sql-time.ts';

export interface MemberRow {
  user_id: string;
  role: Role;
  nickname: string | null;
  /** Epoch milliseconds. */
  muted_until: number | null;
  /** Epoch milliseconds. */
  joined_at: number;
}

/** What {@link memberView} needs of a member row `m`. */
export function memberColumns(sql: Sql) {
  return sql`
    m.user_id, m.role, m.nickname, ${msOf(sql, sql`m.muted_until`)} as muted_until,
    ${msOf(sql, sql`m.joined_at`)} as joined_at`;
}

/**
 * A member as all the others see them: without how far they have read, which is not for who hides that themselves. Events and repairs
 * carry this.
 */
export function memberView(row: MemberRow): MemberView {
  return {
    userId: row.user_id,
    role: row.role,
    ...(row.nickname === null ? {} : { nickname: row.nickname }),
    ...(row.muted_until === null ? {} : { mutedUntil: row.muted_until }),
    joinedAt: row.joined_at,
  };
}
