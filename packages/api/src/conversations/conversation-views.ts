import type { Sql } from '@nexo/db';
import {
  type ConversationKind,
  type ConversationView,
  type Disappearing,
  type GroupView,
  groupForWhoLeft,
  type PinView,
  systemUserId,
  type UserView,
} from '@nexo/shared';
import { msOf } from '../sql-time.ts';
import { showsReading } from '../users/shows-reading.ts';
import { type GroupRow, groupColumns, groupView } from './group-view.ts';
import { type MessageRow, messageColumns, messageViewFor, notRemoved, replyJoin } from './message-view.ts';
import { leftChange, type MembershipRow, type Ms, membershipColumns, myMembership, visiblePins } from './my-membership.ts';
import { namedMembers } from './named-members.ts';

interface ViewRow extends MembershipRow {
  user_id: string;
  id: string;
  kind: ConversationKind;
  created_at: Ms;
  active_at: Ms;
  seq: number;
  change: number;
  countable: number;
  group: GroupRow | null;
  peer: UserView | null;
  peer_read_seq: number | null;
  last_message: MessageRow | null;
  pins: PinView[];
  disappears_after_read_ms: number | null;
  disappears_after_sent_ms: number | null;
}

/** Which of a user's conversations, and how many. All conditions hold together. */
export interface ViewFilter {
  ids?: readonly string[];
  /** Only ids above, or not above. */
  after?: string;
  upTo?: string;
  /** Not these. */
  except?: readonly string[];
  /** Only what is not hidden. */
  listed?: true;
  /** Only what comes later in the order of recency than this place. */
  olderThan?: { activeAt: Ms; id: string };
  limit?: number;
}

/**
 * The conversations of a user as they see them, most recently active first, in one statement and so of one moment. Who left a
 * conversation sees the head of the moment they left.
 */
export async function readConversationViews(sql: Sql, userId: string, filter: ViewFilter = {}): Promise<ConversationView[]> {
  const rows = await readViewRows(sql, [userId], filter);
  return rows.map(conversationView);
}

/** One conversation as each of several members sees it. Who never was a member is absent. */
export async function readViewsOfMembers(
  sql: Sql,
  conversationId: string,
  userIds: readonly string[],
): Promise<Map<string, ConversationView>> {
  const rows = await readViewRows(sql, userIds, { ids: [conversationId] });
  return new Map(rows.map((row) => [row.user_id, conversationView(row)]));
}

/** What each of these users sees of the conversation beside their name. Who is no member of it is absent. */
export async function readViewsOfPairs(
  sql: Sql,
  pairs: readonly { id: string; userId: string }[],
): Promise<{ userId: string; conversation: ConversationView }[]> {
  const userIds = pairs.map(({ userId }) => userId);
  const rows = await readViewRows(sql, userIds, { ids: pairs.map(({ id }) => id) });
  return rows.map((row) => ({ userId: row.user_id, conversation: conversationView(row) }));
}

/**
 * First the places: which conversations, in what order, and where the last message of each is. Then all that is shown, of those
 * that are asked for alone: a page of a hundred does not read the last messages of ten thousand. Members and messages are looked up one
 * by one, by their key; as plain joins the planner may go through all of a conversation for each, as long as it believes that they are few.
 */
async function readViewRows(sql: Sql, userIds: readonly string[], filter: ViewFilter): Promise<ViewRow[]> {
  return sql<ViewRow[]>`
    select
      m.user_id, c.id, c.kind, ${msOf(sql, sql`c.created_at`)} as created_at, place.active_at,
      ${seenHeadSeq(sql)} as seq,
      case when m.left_at is null then h.change else m.change end as change,
      case when m.left_at is null then h.countable else coalesce(${countableAtLeaving(sql)}, m.read_countable) end as countable,
      ${membershipColumns(sql)},
      case
        when g.conversation_id is null then null
        when m.left_group is not null then m.left_group::json
        else (select to_json(x) from (select ${groupColumns(sql)}) x)
      end as "group",
      case when p.id is null then null else json_build_object(
        'id', p.id, 'displayName', p.display_name, 'avatarUrl', p.avatar_url, 'bio', p.bio, 'kind', p.kind) end as peer,
      ${peerReadSeq(sql)} as peer_read_seq,
      l.last_message, c.pins,
      case when m.left_at is null then c.disappears_after_read_ms end as disappears_after_read_ms,
      case when m.left_at is null then c.disappears_after_sent_ms end as disappears_after_sent_ms
    from (${places(sql, userIds, filter)}) place
    cross join lateral (
      select * from members x where x.conversation_id = place.id and x.user_id = place.user_id limit 1
    ) m
    join conversations c on c.id = m.conversation_id
    join heads h on h.conversation_id = m.conversation_id
    left join groups g on g.conversation_id = m.conversation_id
    ${peerJoin(sql)}
    left join users p on p.id = case when c.kind = 'system' then ${systemUserId} else o.user_id end
    left join users u on c.kind = 'direct' and u.id = m.user_id
    left join lateral (
      select to_json(x) as last_message from (
        select ${messageColumns(sql, leftChange(sql))}
        from (select * from messages where conversation_id = place.id and seq >= place.last_seq order by seq limit 1) msg
        ${replyJoin(sql)}
        where msg.seq = place.last_seq
      ) x
    ) l on true
    order by place.active_at desc, place.id desc`;
}

function places(sql: Sql, userIds: readonly string[], filter: ViewFilter) {
  const conditions = sql`
    ${filter.ids === undefined ? sql`` : sql`and m.conversation_id = any(${filter.ids as string[]}::uuid[])`}
    ${filter.after === undefined ? sql`` : sql`and m.conversation_id > ${filter.after}::uuid`}
    ${filter.upTo === undefined ? sql`` : sql`and m.conversation_id <= ${filter.upTo}::uuid`}
    ${filter.except === undefined ? sql`` : sql`and m.conversation_id <> all(${filter.except as string[]}::uuid[])`}
    ${filter.listed === undefined ? sql`` : sql`and (m.hidden_seq is null or ${seenHeadSeq(sql)} > m.hidden_seq)`}`;
  const older =
    filter.olderThan === undefined
      ? sql``
      : sql`where (active_at, id) < (${filter.olderThan.activeAt}::float8, ${filter.olderThan.id}::uuid)`;
  const [id] = filter.ids ?? [];
  const members =
    id !== undefined && filter.ids?.length === 1 && userIds.length > 1 ? namedMembers(sql, id, userIds) : sql`members m`;
  return sql`
    select * from (
      select m.user_id, m.conversation_id as id, last.seq as last_seq,
        ${msOf(sql, sql`coalesce(last.created_at, greatest(m.joined_at, m.cleared_at))`)} as active_at
      from ${members}
      join heads h on h.conversation_id = m.conversation_id
      left join lateral (
        select msg.seq, msg.created_at from messages msg
        where msg.conversation_id = m.conversation_id and m.visible @> msg.seq and msg.seq <= coalesce(upper(m.visible) - 1, h.seq)
          and ${notRemoved(sql, sql`m.user_id`)}
        order by msg.seq desc limit 1
      ) last on true
      where m.user_id = any(${userIds as string[]}::text[]) ${conditions}
    ) known
    ${older}
    order by active_at desc, id desc
    ${filter.limit === undefined ? sql`` : sql`limit ${filter.limit}`}`;
}

/**
 * The head's seq as member `m` sees it, with the head `h`: who left sees that of the moment they left. One of them who has cleared
 * everything has no visible range any more; they have read up to there.
 */
export function seenHeadSeq(sql: Sql) {
  return sql`case when m.left_at is null then h.seq else coalesce(upper(m.visible) - 1, m.read_seq) end`;
}

/** Countable messages up to the last one that member `m`, who has left, could see; also when they have removed that from their view. */
function countableAtLeaving(sql: Sql) {
  return sql`(
    select x.countable_seq from messages x where x.conversation_id = m.conversation_id and x.seq = upper(m.visible) - 1)`;
}

/**
 * How far the other of a direct conversation has read, for member `m` to see, with the joins `o`, `p` and `u`: nothing while one of the
 * two hides it, and while there is a block between them what it was when that began.
 */
export function peerReadSeq(sql: Sql) {
  return sql`case when ${showsReading(sql, 'p')} and ${showsReading(sql, 'u')} then coalesce(o.shown_read_seq, o.read_seq) end`;
}

/** The other member `o` of a direct conversation `c`. Not as a plain join: that looks through all members of a group to find none of them. */
export function peerJoin(sql: Sql) {
  return sql`left join lateral (
      select p.user_id, p.read_seq, p.shown_read_seq from members p
      where c.kind = 'direct' and p.conversation_id = m.conversation_id and p.user_id <> m.user_id limit 1
    ) o on true`;
}

/** How messages disappear, from the columns of a conversation row. */
export function disappearingOf(row: {
  disappears_after_read_ms: number | null;
  disappears_after_sent_ms: number | null;
}): Disappearing {
  return {
    ...(row.disappears_after_read_ms === null ? {} : { afterReadMs: row.disappears_after_read_ms }),
    ...(row.disappears_after_sent_ms === null ? {} : { afterSentMs: row.disappears_after_sent_ms }),
  };
}

function conversationView(row: ViewRow): ConversationView {
  const group = groupOf(row);
  const peer = row.peer === null ? undefined : withoutNulls(row.peer);
  const avatarUrl = group?.avatarUrl ?? peer?.avatarUrl;
  const me = myMembership(row, row.countable);
  const lastMessage = row.last_message === null ? undefined : messageViewFor(me.visible)(row.last_message);
  const pins = visiblePins(row.pins, me, row.left_change);
  return {
    id: row.id,
    kind: row.kind,
    title: titleOf(row.kind, group, peer),
    ...(avatarUrl === undefined ? {} : { avatarUrl }),
    ...(peer === undefined ? {} : { peer }),
    ...(row.peer_read_seq === null ? {} : { peerReadSeq: row.peer_read_seq }),
    ...(group === undefined ? {} : { group }),
    head: { seq: row.seq, change: row.change },
    countable: row.countable,
    me,
    ...(lastMessage === undefined ? {} : { lastMessage }),
    ...(pins.length === 0 ? {} : { pins }),
    ...(row.disappears_after_read_ms === null && row.disappears_after_sent_ms === null
      ? {}
      : { disappearing: disappearingOf(row) }),
    createdAt: row.created_at,
    activeAt: row.active_at,
  };
}

function titleOf(kind: ConversationKind, group: GroupView | undefined, peer: UserView | undefined): string {
  if (kind === 'self') return 'Notes to self';
  return group?.name ?? peer?.displayName ?? '';
}

function groupOf(row: ViewRow): GroupView | undefined {
  if (row.group === null) return undefined;
  const group = groupView(row.group);
  return row.left_at === null ? group : groupForWhoLeft(group);
}

/** JSON from the database says null where our shapes say nothing. */
function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null)) as T;
}
