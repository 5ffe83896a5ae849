import type { Sql } from '@nexo/db';
import { isWithin, limits, type MyMembership, type PinView, type Role, sizeBetween } from '@nexo/shared';
import { msOf } from '../sql-time.ts';
import { contentAsOf, notRemoved } from './message-view.ts';
import { type OwnSettingsRow, ownSettings, ownSettingsColumn } from './own-settings.ts';

/** Epoch milliseconds of a timestamptz column. */
export type Ms = number;

/** A member row, as {@link membershipColumns} reads it. */
export interface MembershipRow {
  role: Role;
  visible: string;
  joined_at: Ms;
  left_at: Ms | null;
  read_seq: number;
  read_countable: number;
  hidden_seq: number | null;
  user_change: number;
  member_change: number;
  nickname: string | null;
  muted_until: Ms | null;
  pending_requests: number;
  /** The change by which this member left; null for a member. */
  left_change: number | null;
  /** Null: none. */
  mentions: number[] | null;
  /** Spans of countable numbers in Postgres' notation. */
  gone: string | null;
  own: OwnSettingsRow;
}

/** Columns of a member row `m` that {@link myMembership} reads. */
export function membershipColumns(sql: Sql) {
  return sql`
    m.role, m.visible::text as visible, ${msOf(sql, sql`m.joined_at`)} as joined_at, ${msOf(sql, sql`m.left_at`)} as left_at,
    m.read_seq, m.read_countable, m.hidden_seq, m.user_change, ${leftChange(sql)} as left_change,
    m.change as member_change, m.nickname, ${msOf(sql, sql`m.muted_until`)} as muted_until,
    case when m.role = 'member' or m.left_at is not null then 0 else (
      select count(*)::int from group_requests waiting
      where waiting.conversation_id = m.conversation_id and waiting.status = 'pending'
    ) end as pending_requests,
    ${unreadMentions(sql)} as mentions, ${goneSpans(sql)} as gone,
    ${ownSettingsColumn(sql)}`;
}

/** The change by which member `m` left; null for who is there. */
export function leftChange(sql: Sql) {
  return sql`(case when m.left_at is null then null else m.change end)`;
}

/**
 * Seqs after the read position of `m` that speak to them, and that they have not removed. To who has left nobody speaks by an edit of
 * later.
 */
function unreadMentions(sql: Sql) {
  const spokeAtLeaving = sql`exists (
    select 1 from messages x
    cross join lateral (select ${contentAsOf(sql, sql`x`, sql`m.change`)} as content) said
    where x.conversation_id = msg.conversation_id and x.seq = msg.seq and (
      said.content->>'mentionsAll' = 'true' or exists (
        select 1 from jsonb_array_elements(said.content->'mentions') named where lower(named->>'userId') = lower(m.user_id))))`;
  return sql`(
      select json_agg(t.seq order by t.seq) from (
        select msg.seq from mentions msg
        where msg.conversation_id = m.conversation_id and msg.user_id in (m.user_id, '*') and msg.seq > m.read_seq
          and m.visible @> msg.seq and ${notRemoved(sql, sql`m.user_id`)}
          and (m.left_at is null or ${spokeAtLeaving})
        order by msg.seq desc limit ${limits.mentionsMaxShown}
      ) t
    )`;
}

/**
 * What is countable after the read position of `m` and does not count all the same: it has disappeared, was revoked, or they removed it.
 * For who is there what is gone for all is kept as spans, of which there are few. Who has left has them of that moment, from the messages.
 * All of it: with a part of it the count would be wrong.
 */
function goneSpans(sql: Sql) {
  const isTheirs = sql`
    x.conversation_id = m.conversation_id and x.countable and x.seq > m.read_seq and m.visible @> x.seq`;
  return sql`(
    select range_agg(span)::text from (
      select int8range(greatest(g.first, m.read_countable + 1), g.last + 1) as span from gone_spans g
      where m.left_at is null and g.conversation_id = m.conversation_id and g.last > m.read_countable
      union all
      select int8range(x.countable_seq, x.countable_seq + 1) from messages x
      where m.left_at is not null and x.type in ('revoked', 'expired') and ${isTheirs} and x.content_change <= m.change
      union all
      select int8range(x.countable_seq, x.countable_seq + 1)
      from removed_messages r join messages x on x.conversation_id = r.conversation_id and x.seq = r.seq
      where r.conversation_id = m.conversation_id and r.user_id = m.user_id and r.seq > m.read_seq and ${isTheirs}
    ) gone)`;
}

/** Those of messages that the reader may see; for who has left, those from before. */
export function visiblePins(pins: readonly PinView[], { visible }: MyMembership, leftChange: number | null): PinView[] {
  return pins.filter(({ seq, change }) => (leftChange === null || change <= leftChange) && isWithin(visible, seq));
}

/** The reader's own side, given the countable of the head they see. */
export function myMembership(row: MembershipRow, countable: number): MyMembership {
  const gone = parseRanges(row.gone ?? '').map(({ from, to }) => ({ from, to: (to ?? from + 1) - 1 }));
  return {
    role: row.role,
    readSeq: row.read_seq,
    readCountable: row.read_countable,
    unread: Math.max(0, countable - row.read_countable - sizeBetween(gone, row.read_countable, countable)),
    visible: parseRanges(row.visible),
    ...(row.hidden_seq === null ? {} : { hiddenSeq: row.hidden_seq }),
    change: row.member_change,
    ...(row.nickname === null ? {} : { nickname: row.nickname }),
    ...(row.muted_until === null ? {} : { mutedUntil: row.muted_until }),
    ...(row.pending_requests === 0 ? {} : { pendingRequests: row.pending_requests }),
    userChange: row.user_change,
    joinedAt: row.joined_at,
    ...(row.left_at === null ? {} : { leftAt: row.left_at }),
    ...(row.mentions === null ? {} : { mentions: row.mentions }),
    ...(gone.length === 0 ? {} : { gone }),
    ...ownSettings(row.own, row.read_seq),
  };
}

/** `{[1,5),[9,)}` as Postgres prints it, always normalised to [from, to). */
export function parseRanges(text: string): MyMembership['visible'] {
  return [...text.matchAll(/\[(\d+),(\d*)\)/g)].map(([, from, to]) => ({
    from: Number(from),
    to: to === undefined || to === '' ? null : Number(to),
  }));
}
