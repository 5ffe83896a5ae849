import type { Sql } from '@nexo/db';
import type { DraftView, MyMembership } from '@nexo/shared';
import { msOf } from '../sql-time.ts';

/** Whose side of which conversation. */
export interface Side {
  conversationId: string;
  userId: string;
}

/** What a member row says of its user's own settings; JSON, so that a read of many rows carries one column more. */
export interface OwnSettingsRow {
  /** Epoch milliseconds, like every `_at` and `until` here. */
  pinned_at: number | null;
  pin_place: number | null;
  mute_mode: 'nothing' | 'mentions' | null;
  mute_until: number | null;
  marked_unread_seq: number | null;
  marked_read_seq: number | null;
  draft: DraftView | null;
  draft_version: number;
  cleared_at: number | null;
  read_only: boolean;
}

/** The column `own` of a member row `m` that {@link ownSettings} reads. */
export function ownSettingsColumn(sql: Sql) {
  return sql`json_build_object(
      'pinned_at', ${msOf(sql, sql`m.pinned_at`)}, 'pin_place', m.pin_place,
      'mute_mode', m.mute_mode, 'mute_until', ${msOf(sql, sql`m.mute_until`)},
      'marked_unread_seq', m.marked_unread_seq, 'marked_read_seq', m.marked_read_seq,
      'draft', m.draft, 'draft_version', m.draft_version,
      'cleared_at', ${msOf(sql, sql`m.cleared_at`)}, 'read_only', m.read_only) as own`;
}

type OwnSettings = Pick<
  MyMembership,
  'pinnedAt' | 'pinPlace' | 'muted' | 'markedUnread' | 'draft' | 'draftVersion' | 'clearedAt' | 'readOnly'
>;

/** The own settings as the wire has them. A mark of unread that has been read over is over, without anybody writing so. */
export function ownSettings(row: OwnSettingsRow, readSeq: number): OwnSettings {
  const { pinned_at, pin_place, mute_mode, marked_unread_seq, marked_read_seq } = row;
  const isMarked = marked_unread_seq !== null && marked_read_seq === readSeq;
  return {
    ...(pinned_at === null || pin_place === null ? {} : { pinnedAt: pinned_at, pinPlace: pin_place }),
    ...(mute_mode === null ? {} : { muted: { mode: mute_mode, untilAt: row.mute_until } }),
    ...(isMarked ? { markedUnread: { fromSeq: marked_unread_seq, readSeq } } : {}),
    ...(row.draft === null ? {} : { draft: row.draft }),
    ...(row.draft_version === 0 ? {} : { draftVersion: row.draft_version }),
    ...(row.cleared_at === null ? {} : { clearedAt: row.cleared_at }),
    ...(row.read_only ? { readOnly: true } : {}),
  };
}
