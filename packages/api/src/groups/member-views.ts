import type { Sql } from '@nexo/db';
import type { MemberView, Role } from '@nexo/shared';
import { msOf } from '../sql-time.ts';
import { showsReading } from '../users/shows-reading.ts';

export interface MemberRow {
  user_id: string;
  role: Role;
  nickname: string | null;
  /** Epoch milliseconds. */
  muted_until: number | null;
  /** Epoch milliseconds. */
  joined_at: number;
  /** Null: not to be seen. */
  read_seq: number | null;
}

/** What {@link memberView} needs of a member row `m`. */
export function memberColumns(sql: Sql) {
  return sql`
    m.user_id, m.role, m.nickname, ${msOf(sql, sql`m.muted_until`)} as muted_until,
    ${msOf(sql, sql`m.joined_at`)} as joined_at,
    (select coalesce(m.shown_read_seq, m.read_seq) where not exists (
      select from users reader where reader.id = m.user_id and not ${showsReading(sql, 'reader')})) as read_seq`;
}

/** A member as the others see them. */
export function memberView(row: MemberRow): MemberView {
  return {
    userId: row.user_id,
    role: row.role,
    ...(row.nickname === null ? {} : { nickname: row.nickname }),
    ...(row.muted_until === null ? {} : { mutedUntil: row.muted_until }),
    joinedAt: row.joined_at,
    ...(row.read_seq === null ? {} : { readSeq: row.read_seq }),
  };
}
