import type { Sql } from '@nexo/db';
import {
  type ConversationKind,
  type ConversationView,
  type GroupView,
  type MyMembership,
  type Role,
  systemUserId,
  type UserView,
} from '@nexo/shared';
import { type MessageRow, messageColumns, messageView, replyJoin } from './message-view.ts';

/** Epoch milliseconds of a timestamptz column. */
type Ms = number;

interface MembershipRow {
  role: Role;
  visible: string;
  joined_at: Ms;
  left_at: Ms | null;
  read_seq: number;
  read_countable: number;
  hidden_seq: number | null;
  user_change: number;
}

interface ViewRow extends MembershipRow {
  user_id: string;
  id: string;
  kind: ConversationKind;
  created_at: Ms;
  active_at: Ms;
  seq: number;
  change: number;
  countable: number;
  group_name: string | null;
  group_avatar_url: string | null;
  group_introduction: string | null;
  group_member_count: number | null;
  peer: UserView | null;
  peer_read_seq: number | null;
  last_message: MessageRow | null;
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

/**
 * First the places: which conversations, in what order, and where the last message of each is. Then all that is shown, of those
 * that are asked for alone: a page of a hundred does not read the last messages of ten thousand.
 */
async function readViewRows(sql: Sql, userIds: readonly string[], filter: ViewFilter): Promise<ViewRow[]> {
  return sql<ViewRow[]>`
    select
      m.user_id, c.id, c.kind, ${ms(sql, sql`c.created_at`)} as created_at, place.active_at,
      case when m.left_at is null then h.seq else upper(m.visible) - 1 end as seq,
      case when m.left_at is null then h.change else m.change end as change,
      case when m.left_at is null then h.countable else coalesce((l.last_message->>'countable_seq')::bigint, 0) end as countable,
      ${membershipColumns(sql)},
      g.name as group_name, g.avatar_url as group_avatar_url, g.introduction as group_introduction,
      g.member_count as group_member_count,
      case when p.id is null then null else json_build_object(
        'id', p.id, 'displayName', p.display_name, 'avatarUrl', p.avatar_url, 'bio', p.bio, 'kind', p.kind) end as peer,
      o.read_seq as peer_read_seq,
      l.last_message
    from (${places(sql, userIds, filter)}) place
    join members m on m.conversation_id = place.id and m.user_id = place.user_id
    join conversations c on c.id = m.conversation_id
    join heads h on h.conversation_id = m.conversation_id
    left join groups g on g.conversation_id = m.conversation_id
    left join members o on c.kind = 'direct' and o.conversation_id = m.conversation_id and o.user_id <> m.user_id
    left join users p on p.id = case when c.kind = 'system' then ${systemUserId} else o.user_id end
    left join lateral (
      select to_json(x) as last_message from (
        select ${messageColumns(sql)}
        from messages msg ${replyJoin(sql)}
        where msg.conversation_id = place.id and msg.seq = place.last_seq
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
    ${filter.listed === undefined ? sql`` : sql`and (m.hidden_seq is null or h.seq > m.hidden_seq)`}`;
  const older =
    filter.olderThan === undefined
      ? sql``
      : sql`where (active_at, id) < (${filter.olderThan.activeAt}::float8, ${filter.olderThan.id}::uuid)`;
  return sql`
    select * from (
      select m.user_id, m.conversation_id as id, last.seq as last_seq,
        ${ms(sql, sql`coalesce(last.created_at, m.joined_at)`)} as active_at
      from members m
      join heads h on h.conversation_id = m.conversation_id
      left join lateral (
        select msg.seq, msg.created_at from messages msg
        where msg.conversation_id = m.conversation_id and m.visible @> msg.seq and msg.seq <= coalesce(upper(m.visible) - 1, h.seq)
        order by msg.seq desc limit 1
      ) last on true
      where m.user_id = any(${userIds as string[]}::text[]) ${conditions}
    ) known
    ${older}
    order by active_at desc, id desc
    ${filter.limit === undefined ? sql`` : sql`limit ${filter.limit}`}`;
}

/** Milliseconds of a timestamptz expression, as a float that is exact for whole milliseconds. */
function ms(sql: Sql, expression: ReturnType<Sql>) {
  return sql`(extract(epoch from ${expression}) * 1000)::float8`;
}

/** Columns of a member row `m` that {@link myMembership} reads. */
export function membershipColumns(sql: Sql) {
  return sql`
    m.role, m.visible::text as visible, ${ms(sql, sql`m.joined_at`)} as joined_at, ${ms(sql, sql`m.left_at`)} as left_at,
    m.read_seq, m.read_countable, m.hidden_seq, m.user_change`;
}

function conversationView(row: ViewRow): ConversationView {
  const lastMessage = row.last_message === null ? undefined : messageView(row.last_message);
  const group = groupOf(row);
  const peer = row.peer === null ? undefined : withoutNulls(row.peer);
  const avatarUrl = group?.avatarUrl ?? peer?.avatarUrl;
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
    me: myMembership(row, row.countable),
    ...(lastMessage === undefined ? {} : { lastMessage }),
    createdAt: row.created_at,
    activeAt: row.active_at,
  };
}

/** The reader's own side, given the countable of the head they see. */
export function myMembership(row: MembershipRow, countable: number): MyMembership {
  return {
    role: row.role,
    readSeq: row.read_seq,
    readCountable: row.read_countable,
    unread: Math.max(0, countable - row.read_countable),
    visible: parseRanges(row.visible),
    ...(row.hidden_seq === null ? {} : { hiddenSeq: row.hidden_seq }),
    userChange: row.user_change,
    joinedAt: row.joined_at,
    ...(row.left_at === null ? {} : { leftAt: row.left_at }),
  };
}

function titleOf(kind: ConversationKind, group: GroupView | undefined, peer: UserView | undefined): string {
  if (kind === 'self') return 'Notes to self';
  return group?.name ?? peer?.displayName ?? '';
}

function groupOf(row: ViewRow): GroupView | undefined {
  if (row.group_name === null) return undefined;
  return groupView({
    name: row.group_name,
    avatar_url: row.group_avatar_url,
    introduction: row.group_introduction,
    member_count: row.group_member_count ?? 0,
  });
}

export interface GroupRow {
  name: string;
  avatar_url: string | null;
  introduction: string | null;
  member_count: number;
}

/** A group's profile from its row. */
export function groupView(row: GroupRow): GroupView {
  return {
    name: row.name,
    ...(row.avatar_url === null ? {} : { avatarUrl: row.avatar_url }),
    ...(row.introduction === null ? {} : { introduction: row.introduction }),
    memberCount: row.member_count,
  };
}

/** `{[1,5),[9,)}` as Postgres prints it, always normalised to [from, to). */
function parseRanges(text: string): MyMembership['visible'] {
  return [...text.matchAll(/\[(\d+),(\d*)\)/g)].map(([, from, to]) => ({
    from: Number(from),
    to: to === undefined || to === '' ? null : Number(to),
  }));
}

/** JSON from the database says null where our shapes say nothing. */
function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== null)) as T;
}
