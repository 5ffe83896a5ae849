import type { Sql } from '@nexo/db';
import type { BlockView, ContactRequestView, ContactView } from '@nexo/shared';
import { msOf } from '../sql-time.ts';

/** Times are epoch milliseconds. */
export interface ContactRow {
  contact_id: string;
  remark: string | null;
  pinned_at: number | null;
  added_at: number;
  removed_at: number | null;
}

export interface RequestRow {
  from_id: string;
  to_id: string;
  message: string | null;
  sent_at: number;
  expires_at: number;
  end: 'accepted' | 'refused' | 'cancelled' | null;
  ended_at: number | null;
}

export interface BlockRow {
  blocked_id: string;
  blocked_at: number;
  removed_at: number | null;
}

/** What {@link contactView} needs of a row `c` of contacts. */
export function contactColumns(sql: Sql) {
  return sql`c.contact_id, c.remark, ${msOf(sql, sql`c.pinned_at`)} as pinned_at, ${msOf(sql, sql`c.added_at`)} as added_at,
    ${msOf(sql, sql`c.removed_at`)} as removed_at`;
}

/** What {@link requestView} needs of a row `r` of contact requests. */
export function requestColumns(sql: Sql) {
  return sql`r.from_id, r.to_id, r.message, ${msOf(sql, sql`r.sent_at`)} as sent_at, ${msOf(sql, sql`r.expires_at`)} as expires_at,
    r."end", ${msOf(sql, sql`r.ended_at`)} as ended_at`;
}

/** What {@link blockView} needs of a row `b` of blocks. */
export function blockColumns(sql: Sql) {
  return sql`b.blocked_id, ${msOf(sql, sql`b.blocked_at`)} as blocked_at, ${msOf(sql, sql`b.removed_at`)} as removed_at`;
}

/** A contact as its owner sees it. */
export function contactView(row: ContactRow): ContactView {
  return {
    userId: row.contact_id,
    ...(row.remark === null ? {} : { remark: row.remark }),
    ...(row.pinned_at === null ? {} : { pinnedAt: row.pinned_at }),
    addedAt: row.added_at,
  };
}

/** A request, the same for both sides. */
export function requestView(row: RequestRow): ContactRequestView {
  return {
    fromUserId: row.from_id,
    toUserId: row.to_id,
    ...(row.message === null ? {} : { message: row.message }),
    state: row.end ?? 'pending',
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
  };
}

/** A block as its owner sees it. */
export function blockView(row: BlockRow): BlockView {
  return { userId: row.blocked_id, blockedAt: row.blocked_at };
}

/** Whether this request still waits for an answer. */
export function isPending(row: RequestRow | undefined, now: number): row is RequestRow {
  return row !== undefined && row.end === null && row.expires_at > now;
}
