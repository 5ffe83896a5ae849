import type { PinnedConnection, Sql } from '@nexo/db';
import { AppError, type GroupRules, type MessageView, type ReplyView, type Role, type SendMessageResult } from '@nexo/shared';
import type { BusMessage } from '../bus.ts';
import { type PeerStandingRow, peerStanding, selectPeerStanding } from '../contacts/peer-standing.ts';
import { disappearingOf } from '../conversations/conversation-views.ts';
import { type MessageRow, messageColumns, messageViewFor, quotedContent, replyView } from '../conversations/message-view.ts';
import { leftChange, parseRanges } from '../conversations/my-membership.ts';
import { msOf, timeOf } from '../sql-time.ts';
import { doorbellOf } from '../transact.ts';
import { type Counters, type Decision, decide, type Facts, memberKey, replyKey, type Send, sendKey } from './decide.ts';
import type { GroupStanding } from './group-standing.ts';
import type { KnownConversations } from './known-conversations.ts';
import { mentionRows, storedId } from './mention-rows.ts';

export interface BatchResult {
  /** One per send, in order. */
  outcomes: (SendMessageResult | AppError)[];
  /** What the nodes are to be told, now that it is durable. */
  told: BusMessage[];
}

/** What to do about a conversation whose head another transaction has locked: wait for it, or refuse its sends and do the rest. */
export type Locks = 'wait' | 'skip';

/**
 * Commits sends of any conversations together: in one statement when the lane knows all that they need and none of it has changed,
 * else in a transaction of two round trips (three when something is sent again). Throws when the database failed: then either nothing
 * of it or (if the connection died at the commit) all of it is durable, and the same sends may be tried again.
 */
export async function commitBatch(
  connection: PinnedConnection,
  sends: readonly Send[],
  known: KnownConversations,
  clock: { now(): number },
  newId: () => string,
  locks: Locks,
): Promise<BatchResult> {
  return connection.run(async (sql) => {
    const decideOn = (facts: Facts) => decide(sends, facts, clock.now(), newId);
    known.holdsFor(connection.opened);
    const expected = locks === 'wait' ? known.factsOf(sends) : null;
    if (expected !== null) {
      const decision = decideOn(expected);
      const told = changesOf(decision);
      if (await writeUnchanged(sql, expected, decision, told)) {
        known.learn(sends, expected, decision);
        return { outcomes: decision.outcomes, told };
      }
      known.doubt(expected);
    }
    const facts = await lockAndRead(sql, sends, locks);
    const decision = decideOn(facts);
    const told = changesOf(decision);
    await writeAndCommit(sql, decision, told);
    known.learn(sends, facts, decision);
    return { outcomes: decision.outcomes, told };
  });
}

/**
 * First round trip: all of it is sent at once. The heads are locked in the order of their ids, so that two batches never wait
 * for each other in a circle. Everything else is read in *later* statements: in READ COMMITTED a statement sees what was
 * committed before it began, and a duplicate may have been committed while the lock was waited for.
 *
 * A message is looked up as the first one from its key on: only one index has that order, and LIMIT keeps the planner from making a
 * join of it. Asked for plainly while the table is small, it may as well read every partition as a whole, or all of a conversation,
 * and a lane keeps its plans while the table grows.
 */
async function lockAndRead(sql: Sql, sends: readonly Send[], locks: Locks): Promise<Facts> {
  const conversationIds = sends.map((send) => send.input.conversationId);
  const senderIds = sends.map((send) => send.senderId);
  const clientMessageIds = sends.map((send) => send.input.clientMessageId);
  const quoting = sends.filter((send) => send.input.replyTo !== undefined);
  const [, heads, standings, replies] = await Promise.all([
    sql.unsafe('begin'),
    sql<({ conversation_id: string } & Counters)[]>`
      select conversation_id, seq, change, countable, untold from heads
      where conversation_id = any(${[...new Set(conversationIds)]}::uuid[])
      order by conversation_id for update ${locks === 'skip' ? sql`skip locked` : sql``}`,
    sql<Standing[]>`
      select t.c as conversation_id, t.s as sender_id, m.user_id is not null as known, m.left_at is null as active,
        m.read_only is true as read_only, m.visible::text as visible, ${leftChange(sql)} as left_change, msg.seq as sent_seq,
        m.role, ${msOf(sql, sql`m.muted_until`)} as muted_until, g.muted_all, g.dismissed_at is not null as dismissed,
        g.mention_all_by, c.disappears_after_read_ms, c.disappears_after_sent_ms, peer.*
      from unnest(${conversationIds}::uuid[], ${senderIds}::text[], ${clientMessageIds}::uuid[]) as t (c, s, id)
      left join members m on m.conversation_id = t.c and m.user_id = t.s
      left join groups g on g.conversation_id = t.c
      left join conversations c on c.id = t.c
      left join lateral (
        select seq from messages
        where client_message_id >= t.id and client_message_id <= t.id and conversation_id = t.c and sender_id = t.s
        order by client_message_id limit 1
      ) msg on true
      left join lateral (${selectPeerStanding(sql, sql`t.c`, sql`t.s`)}) peer on true`,
    quoting.length === 0 ? Promise.resolve([]) : readReplies(sql, quoting),
  ]);
  return {
    heads: new Map(heads.map(({ conversation_id, ...counters }) => [conversation_id, counters])),
    members: new Map(
      standings.filter((row) => row.known).map((row) => [memberKey(row.conversation_id, row.sender_id), row.active]),
    ),
    groups: new Map(standings.flatMap(groupStandingOf)),
    sent: new Map(await readSent(sql, standings)),
    replies: new Map(replies),
    lifetimes: new Map(standings.map((row) => [row.conversation_id, disappearingOf(row)])),
    peers: new Map(
      standings.flatMap((row) =>
        row.peer_id === null ? [] : [[memberKey(row.conversation_id, row.sender_id), peerStanding(row)] as const],
      ),
    ),
    readers: keysOf(standings.filter((row) => row.read_only)),
    dismissed: keysOf(standings.filter((row) => row.dismissed)),
  };
}

function keysOf(standings: readonly Standing[]): Set<string> {
  return new Set(standings.map((row) => memberKey(row.conversation_id, row.sender_id)));
}

/** How the sender of one send stands, and where the message is if it was sent before. Without a peer it is no direct conversation. */
type Standing = (PeerStandingRow | { peer_id: null }) & {
  conversation_id: string;
  sender_id: string;
  known: boolean;
  active: boolean;
  read_only: boolean;
  /** Null of who is no member. */
  visible: string | null;
  /** The change by which they left; null for who is there. */
  left_change: number | null;
  sent_seq: number | null;
  role: Role | null;
  muted_until: number | null;
  /** Null where it is no group. */
  muted_all: boolean | null;
  mention_all_by: GroupRules['mentionAllBy'] | null;
  dismissed: boolean;
  disappears_after_read_ms: number | null;
  disappears_after_sent_ms: number | null;
};

function groupStandingOf({ role, muted_all, mention_all_by, ...row }: Standing): [string, GroupStanding][] {
  if (role === null || muted_all === null || mention_all_by === null) return [];
  const rules = { mutedAll: muted_all, mentionAllBy: mention_all_by };
  const standing = { role, mutedUntil: row.muted_until, ...rules, dismissed: row.dismissed };
  return [[memberKey(row.conversation_id, row.sender_id), standing]];
}

/**
 * Messages that are sent again, which is rare: so it may cost a round trip of its own, and the others need not look for quotes. Who
 * left since gets theirs as it was then.
 */
async function readSent(sql: Sql, standings: readonly Standing[]): Promise<[string, MessageView][]> {
  const again = standings.filter((row) => row.sent_seq !== null);
  if (again.length === 0) return [];
  const visible = new Map(again.map((row) => [memberKey(row.conversation_id, row.sender_id), parseRanges(row.visible ?? '')]));
  const rows = await sql<MessageRow[]>`
    select ${messageColumns(sql, sql`t.left_change`)}
    from unnest(
      ${again.map((row) => row.conversation_id)}::uuid[],
      ${again.map((row) => row.sent_seq)}::bigint[],
      ${again.map((row) => row.left_change)}::bigint[]
    ) as t (c, n, left_change)
    cross join lateral (select * from messages where conversation_id = t.c and seq >= t.n order by seq limit 1) msg
    left join lateral (
      select * from messages where conversation_id = msg.conversation_id and seq >= msg.reply_to order by seq limit 1
    ) reply on reply.seq = msg.reply_to
    where msg.seq = t.n`;
  return rows.map((row) => {
    const view = messageViewFor(visible.get(memberKey(row.conversation_id, row.sender_id)) ?? []);
    return [sendKey(row.conversation_id, row.sender_id, row.client_message_id), view(row)];
  });
}

type QuotedRow = { conversation_id: string; user_id: string; seq: number; sender_id: string } & Parameters<typeof replyView>[2];

async function readReplies(sql: Sql, quoting: readonly Send[]): Promise<[string, ReplyView][]> {
  const rows = await sql<QuotedRow[]>`
    select m.conversation_id, m.user_id, reply.seq, reply.sender_id,
      ${quotedContent(sql)} as reply_content, reply.content_change as reply_change, reply.revoked_at is not null as reply_revoked
    from unnest(
      ${quoting.map((send) => send.input.conversationId)}::uuid[],
      ${quoting.map((send) => send.senderId)}::text[],
      ${quoting.map((send) => send.input.replyTo ?? 0)}::bigint[]
    ) as t (conversation_id, user_id, seq)
    join members m on m.conversation_id = t.conversation_id and m.user_id = t.user_id and m.visible @> t.seq
    cross join lateral (
      select * from messages where conversation_id = t.conversation_id and seq >= t.seq order by seq limit 1
    ) reply
    where reply.seq = t.seq`;
  return rows.map((row) => [replyKey(row.conversation_id, row.user_id, row.seq), replyView(row.seq, row.sender_id, row)]);
}

/**
 * Second round trip: everything in one statement, since each costs the database as much as some rows do. Its parts see nothing of
 * each other, and touch different tables. Had it failed, the COMMIT behind it would only have rolled back, and its error is thrown.
 */
async function writeAndCommit(sql: Sql, decision: Decision, told: readonly BusMessage[]): Promise<void> {
  const doorbell = doorbellOf(told);
  if (doorbell === null) {
    await sql.unsafe('commit');
    return;
  }
  await Promise.all([
    sql`
      with ${writesOf(sql, decision)}
      insert into doorbells (heads) values (${JSON.stringify(doorbell)}::text::jsonb)`,
    sql.unsafe('commit'),
  ]);
}

/** What a decision comes to, as parts of one statement: the messages, and on `condition` the heads and the read positions. */
function writesOf(sql: Sql, { accepted, moved }: Decision, condition = sql``) {
  return sql`
      inserted as (${insertMessages(sql, accepted)}),${insertMentions(sql, accepted)}
      moved as (${moveHeads(sql, moved)} ${condition}),
      reading as (${moveReadPositions(sql, accepted)} ${condition})`;
}

/**
 * The whole batch as one statement, which is its own transaction: decided upon what is known, and written only if every head still says
 * the same numbers under its lock. The lock shows the newest version of a head, so nothing can have come in between. One that does not
 * leaves the doorbell without a value, which the table refuses, and so everything with it. Answers whether it was written; false also
 * when a `clientMessageId` is there already. Throws whatever else the database says.
 */
async function writeUnchanged(sql: Sql, expected: Facts, decision: Decision, told: readonly BusMessage[]): Promise<boolean> {
  const doorbell = doorbellOf(told);
  // Nothing but refusals and repetitions: neither may rest upon what was true a moment ago.
  if (doorbell === null || decision.outcomes.some((outcome) => outcome instanceof AppError)) return false;
  const ids = [...expected.heads.keys()];
  const heads = [...expected.heads.values()];
  const isUnchanged = sql`(select count(*) from unchanged) = ${ids.length}::int`;
  try {
    await sql`
      with unchanged as materialized (
        select 1
        from unnest(${ids}::uuid[], ${heads.map((head) => head.change)}::bigint[], ${heads.map((head) => head.untold)}::bigint[])
          as t (conversation_id, change, untold)
        join heads h on h.conversation_id = t.conversation_id and h.change = t.change and h.untold = t.untold
        order by h.conversation_id for update of h
      ),
      ${writesOf(sql, decision, sql`and ${isUnchanged}`)}
      insert into doorbells (heads) select case when ${isUnchanged} then ${JSON.stringify(doorbell)}::text::jsonb end`;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === notNullViolation || error.code === uniqueViolation))
      return false;
    throw error;
  }
}

const notNullViolation = '23502';
const uniqueViolation = '23505';

function insertMessages(sql: Sql, messages: readonly MessageView[]) {
  // All of a batch are sent at one moment.
  const sentAt = messages[0]?.sentAt ?? 0;
  return sql`
    insert into messages (
      conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, reply_to, created_at, last_change,
      forwarded_from_id, disappears_after_read_ms, awaits_reading, expires_at)
    select
      t.conversation_id, t.seq, t.id, t.sender_id, t.client_message_id, t.type, t.content::jsonb, t.uncountable is null,
      t.countable_seq, t.reply_to, ${timeOf(sql, sentAt)}, t.change,
      t.forwarded_from_id, t.disappears_after_read_ms, t.disappears_after_read_ms is not null, to_timestamp(t.expires_at / 1000)
    from unnest(
      ${messages.map((m) => m.conversationId)}::uuid[],
      ${messages.map((m) => m.seq)}::bigint[],
      ${messages.map((m) => m.id)}::uuid[],
      ${messages.map((m) => m.senderId)}::text[],
      ${messages.map((m) => m.clientMessageId)}::uuid[],
      ${messages.map((m) => m.content.type)}::text[],
      ${messages.map((m) => JSON.stringify(m.content))}::text[],
      ${messages.map((m) => m.countableSeq)}::bigint[],
      ${messages.map((m) => m.change)}::bigint[],
      ${sparse(messages, (m) => (m.countable ? null : 1))}::int[],
      ${sparse(messages, (m) => m.replyTo?.seq ?? null)}::bigint[],
      ${sparse(messages, (m) => m.forwardedFromId ?? null)}::text[],
      ${sparse(messages, (m) => m.disappearsAfterReadMs ?? null)}::bigint[],
      ${sparse(messages, (m) => m.expiresAt ?? null)}::float8[]
    ) as t (
      conversation_id, seq, id, sender_id, client_message_id, type, content, countable_seq, change,
      uncountable, reply_to, forwarded_from_id, disappears_after_read_ms, expires_at)`;
}

/** A column that is mostly empty, of no length when it is so altogether: unnest fills up with nulls. */
function sparse<T>(messages: readonly MessageView[], read: (message: MessageView) => T | null): (T | null)[] {
  const values = messages.map(read);
  return values.every((value) => value === null) ? [] : values;
}

/** A part of the one statement, where anybody is spoken to. */
function insertMentions(sql: Sql, messages: readonly MessageView[]) {
  const rows = messages.flatMap(mentionRows);
  if (rows.length === 0) return sql``;
  return sql`
      mentioned as (
        insert into mentions (conversation_id, user_id, seq)
        select t.conversation_id, ${storedId(sql)}, t.seq from unnest(
          ${rows.map((row) => row.conversationId)}::uuid[], ${rows.map((row) => row.userId)}::text[], ${rows.map((row) => row.seq)}::bigint[]
        ) as t (conversation_id, user_id, seq)
      ),`;
}

function moveHeads(sql: Sql, moved: Decision['moved']) {
  const heads = [...moved.values()];
  return sql`
    update heads h set seq = t.seq, change = t.change, countable = t.countable
    from unnest(
      ${[...moved.keys()]}::uuid[],
      ${heads.map((head) => head.seq)}::bigint[],
      ${heads.map((head) => head.change)}::bigint[],
      ${heads.map((head) => head.countable)}::bigint[]
    ) as t (conversation_id, seq, change, countable)
    where h.conversation_id = t.conversation_id`;
}

/** Who sends has read up to their own message. */
function moveReadPositions(sql: Sql, messages: readonly MessageView[]) {
  const last = new Map<string, MessageView>();
  for (const message of messages) last.set(memberKey(message.conversationId, message.senderId), message);
  const positions = [...last.values()];
  return sql`
    update members m set read_seq = t.seq, read_countable = t.countable
    from unnest(
      ${positions.map((p) => p.conversationId)}::uuid[],
      ${positions.map((p) => p.senderId)}::text[],
      ${positions.map((p) => p.seq)}::bigint[],
      ${positions.map((p) => p.countableSeq)}::bigint[]
    ) as t (conversation_id, user_id, seq, countable)
    where m.conversation_id = t.conversation_id and m.user_id = t.user_id`;
}

/** The accepted messages as numbered events, conversation by conversation. */
function changesOf(decision: Decision): BusMessage[] {
  const told = new Map<string, BusMessage & { kind: 'conversation' }>();
  for (const message of decision.accepted) {
    const { conversationId, change } = message;
    let entry = told.get(conversationId);
    if (entry === undefined) {
      entry = { kind: 'conversation', conversationId, from: change, to: change, events: [] };
      told.set(conversationId, entry);
    }
    entry.to = change;
    entry.events.push({ type: 'message.sent', conversationId, change, message });
  }
  return [...told.values()];
}
