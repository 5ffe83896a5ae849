import type { Sql } from '@nexo/db';
import {
  type ConversationRepair,
  type ConversationView,
  groupForWhoLeft,
  limits,
  type MemberView,
  type MessageView,
  type PinView,
} from '@nexo/shared';
import {
  disappearingOf,
  peerJoin,
  peerReadSeq,
  readConversationViews,
  seenHeadSeq,
} from '../conversations/conversation-views.ts';
import { type GroupRow, groupColumns, groupView } from '../conversations/group-view.ts';
import { type MessageRow, messageColumns, messageViewFor, notRemoved, replyJoin } from '../conversations/message-view.ts';
import { leftChange, membershipColumns, myMembership, visiblePins } from '../conversations/my-membership.ts';
import { type MemberRow, memberColumns, memberView } from '../groups/member-views.ts';
import type { AnswerRoom } from './answer-room.ts';
import { changedMessages } from './changed-messages.ts';

/** What a client has of a conversation. */
export interface Cursor {
  id: string;
  change: number;
}

/** Messages in one answer; what does not fit is repaired by a reset without messages. */
const answerMaxMessages = 2_000;

type StandingRow = Parameters<typeof myMembership>[0] & {
  id: string;
  /** The head as this member sees it. */
  seq: number;
  change: number;
  countable: number;
  peer_read_seq: number | null;
  /** Of who left a group: how it was then. */
  left_group: GroupRow | null;
  pins: PinView[];
  pins_change: number;
  /** The change that last touched how messages disappear. */
  settings_change: number;
  disappears_after_read_ms: number | null;
  disappears_after_sent_ms: number | null;
};

type Repair<K extends ConversationRepair['kind']> = Extract<ConversationRepair, { kind: K }>;

interface Gap {
  row: StandingRow;
  since: number;
}

export interface Repairs {
  repairs: ConversationRepair[];
  /** Some had no room: they are to be asked for again, once these are applied. */
  more: boolean;
}

/**
 * For each conversation that differs from what the client has: the state diff, a reset, or the word that it is gone. Equal ones
 * get no answer, and what has no room gets none yet; the first gets one always. Call it inside {@link readOnly}: all of it must be of
 * one moment. From 0 it is always a reset, and so it is for those in `anew`, whether they differ or not.
 */
export async function readRepairs(
  sql: Sql,
  userId: string,
  cursors: readonly Cursor[],
  room: AnswerRoom,
  anew: ReadonlySet<string> = new Set(),
): Promise<Repairs> {
  const standing = await readStanding(sql, userId, cursors);
  const gone: ConversationRepair[] = [];
  const diffs: Gap[] = [];
  const resetIds: string[] = [];
  let messages = 0;
  for (const { id, change: since } of cursors) {
    const row = standing.get(id);
    if (row === undefined) {
      gone.push({ kind: 'gone', conversationId: id });
      continue;
    }
    if (anew.has(id)) {
      resetIds.push(id);
      continue;
    }
    if (row.change === since) continue;
    const missing = row.change - since;
    const small = since > 0 && missing > 0 && missing <= limits.changesMax && messages + missing <= answerMaxMessages;
    if (small) {
      messages += missing;
      diffs.push({ row, since });
    } else resetIds.push(id);
  }
  const changes: ConversationRepair[] = [];
  for (const repair of await readDiffs(sql, userId, diffs)) {
    if (repair.messages.length <= limits.changesMax && room.take(repair.messages)) changes.push(repair);
    else resetIds.push(repair.conversationId);
  }
  const pages = Math.floor((answerMaxMessages - messages) / limits.latestPageMessages);
  const resets = await readResets(sql, userId, resetIds, pages);
  // The newest keeps its page all the same.
  const cut = resets.flatMap((reset, i) => {
    if (room.take(reset.messages, reset.conversation) || i === 0) return [reset];
    return room.take([], reset.conversation) ? [{ ...reset, messages: [] }] : [];
  });
  return { repairs: [...gone, ...changes, ...cut], more: cut.length < resets.length };
}

async function readStanding(sql: Sql, userId: string, cursors: readonly Cursor[]): Promise<Map<string, StandingRow>> {
  const rows = await sql<StandingRow[]>`
    select
      m.conversation_id as id, ${membershipColumns(sql)},
      ${seenHeadSeq(sql)} as seq,
      case when m.left_at is null then h.change else m.change end as change,
      case when m.left_at is null then h.countable else coalesce(last.countable_seq, m.read_countable) end as countable,
      ${peerReadSeq(sql)} as peer_read_seq,
      m.left_group, c.pins, c.pins_change,
      case when m.left_at is null then c.change else m.change end as settings_change,
      case when m.left_at is null then c.disappears_after_read_ms end as disappears_after_read_ms,
      case when m.left_at is null then c.disappears_after_sent_ms end as disappears_after_sent_ms
    from members m
    join conversations c on c.id = m.conversation_id
    join heads h on h.conversation_id = m.conversation_id
    ${peerJoin(sql)}
    left join users p on p.id = o.user_id
    left join users u on c.kind = 'direct' and u.id = m.user_id
    left join messages last on m.left_at is not null
      and last.conversation_id = m.conversation_id and last.seq = upper(m.visible) - 1
    where m.user_id = ${userId} and m.conversation_id = any(${cursors.map((cursor) => cursor.id)}::uuid[])`;
  return new Map(rows.map((row) => [row.id, row]));
}

async function readDiffs(sql: Sql, userId: string, gaps: readonly Gap[]): Promise<Repair<'changes'>[]> {
  if (gaps.length === 0) return [];
  const ranges = sql`unnest(
    ${gaps.map((gap) => gap.row.id)}::uuid[],
    ${gaps.map((gap) => gap.since)}::bigint[],
    ${gaps.map((gap) => gap.row.change)}::bigint[],
    ${gaps.map((gap) => gap.row.seq)}::bigint[],
    ${gaps.map((gap) => gap.row.visible)}::text[],
    ${gaps.map((gap) => gap.row.left_change)}::bigint[],
    ${gaps.map((gap) => gap.row.role)}::text[]
  ) as t (id, since, up_to, seq, visible, left_change, my_role)`;
  const [messages, members, groups] = await Promise.all([
    // One look into the index for each conversation. As a plain join the planner may read every message there is instead: it does
    // not know how few changes lie between two numbers. At most so many do, or it would have been a reset; only of what somebody could
    // see who has left more may have been touched afterwards, and then it becomes one.
    sql<MessageRow[]>`
      select diff.* from ${ranges}
      join lateral (
        select ${messageColumns(sql, sql`t.left_change`)}
        from ${changedMessages(sql, { conversationId: sql`t.id`, since: sql`t.since`, upTo: sql`t.up_to`, seq: sql`t.seq` })} msg
        ${replyJoin(sql)}
        where t.visible::int8multirange @> msg.seq and ${notRemoved(sql, userId)}
        order by msg.last_change limit ${limits.changesMax + 1}
      ) diff on true
      order by diff.conversation_id, diff.seq`,
    sql<(MemberRow & { id: string; left: boolean })[]>`
      select t.id, m.left_at is not null as left, ${memberColumns(sql)} from ${ranges}
      join members m on m.conversation_id = t.id and m.change > t.since and m.change <= t.up_to and m.change > 0
      left join groups g on g.conversation_id = t.id
      where t.my_role <> 'member' or g.members_visible_to is distinct from 'admins'
      order by m.change`,
    sql<(GroupRow & { id: string })[]>`
      select t.id, ${groupColumns(sql)} from ${ranges}
      join groups g on g.conversation_id = t.id and g.change > t.since and g.change <= t.up_to`,
  ]);
  const messagesOf = gather(messages, (row) => row.conversation_id);
  const membersOf = gather(members, (row) => row.id);
  const groupOf = new Map(groups.map((row) => [row.id, row]));
  return gaps.map(({ row, since }) => {
    const group = row.left_group === null ? groupOf.get(row.id) : row.left_group;
    const moved = membersOf.get(row.id) ?? [];
    const me = myMembership(row, row.countable);
    return {
      kind: 'changes',
      conversationId: row.id,
      since,
      head: { seq: row.seq, change: row.change },
      countable: row.countable,
      messages: (messagesOf.get(row.id) ?? []).map(messageViewFor(me.visible)),
      members: moved.filter((member) => !member.left).map(memberView) satisfies MemberView[],
      leftUserIds: moved.filter((member) => member.left).map((member) => member.user_id),
      ...(group === undefined ? {} : { group: row.left_at === null ? groupView(group) : groupForWhoLeft(groupView(group)) }),
      ...(row.settings_change > since && row.settings_change <= row.change ? { disappearing: disappearingOf(row) } : {}),
      ...(row.peer_read_seq === null ? {} : { peerReadSeq: row.peer_read_seq }),
      ...(row.pins_change > since ? { pins: visiblePins(row.pins, me, row.left_change) } : {}),
      me,
    };
  });
}

/** Newest first; the first `pages` of them come with their latest messages. */
async function readResets(sql: Sql, userId: string, ids: readonly string[], pages: number): Promise<Repair<'reset'>[]> {
  if (ids.length === 0) return [];
  const views = await readConversationViews(sql, userId, { ids });
  const latest = await readLatest(sql, userId, views.slice(0, Math.max(1, pages)));
  return views.map((conversation) => ({ kind: 'reset', conversation, messages: latest.get(conversation.id) ?? [] }));
}

async function readLatest(sql: Sql, userId: string, views: readonly ConversationView[]): Promise<Map<string, MessageView[]>> {
  const rows = await sql<MessageRow[]>`
    select page.* from unnest(${views.map((view) => view.id)}::uuid[], ${views.map((view) => view.head.seq)}::bigint[]) as t (id, seq)
    join members m on m.conversation_id = t.id and m.user_id = ${userId}
    join lateral (
      select ${messageColumns(sql, leftChange(sql))} from messages msg ${replyJoin(sql)}
      where msg.conversation_id = t.id and msg.seq <= t.seq and m.visible @> msg.seq and ${notRemoved(sql, userId)}
      order by msg.seq desc limit ${limits.latestPageMessages}
    ) page on true
    order by page.conversation_id, page.seq`;
  const byConversation = gather(rows, (row) => row.conversation_id);
  return new Map(views.map(({ id, me }) => [id, (byConversation.get(id) ?? []).map(messageViewFor(me.visible))]));
}

function gather<T>(rows: readonly T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
