import type { Sql } from '@nexo/db';
import { type ConversationEvent, limits } from '@nexo/shared';
import type { Services } from '../context.ts';
import { msOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { showsReading } from '../users/shows-reading.ts';
import { notRemoved } from './message-view.ts';

/** Messages of one transaction, each a change of its own, so that a diff over changes is as long as it says. */
const batchMax = 200;
/** Conversations that are found at once. */
const conversationsMax = 500;

/** Of so many looks of the job one goes through everything that is unread. */
const wholeLookEvery = 60;

type Ctx = Pick<Services, 'db' | 'bus' | 'clock' | 'unstarted' | 'log'>;

/** Whether the other side has read `msg`, and its sender may know: neither of them hides it, and no block stands between them. */
const isKnownRead = (sql: Sql) => sql`
  exists (
    select from members m
    cross join lateral (select settings from users where id = m.user_id limit 1) reader
    cross join lateral (select settings from users where id = msg.sender_id limit 1) sender
    where m.conversation_id = msg.conversation_id and m.user_id <> msg.sender_id
      and coalesce(m.shown_read_seq, m.read_seq) >= msg.seq and ${showsReading(sql, 'reader')} and ${showsReading(sql, 'sender')})`;

/** Whether the other side has read `msg`, whoever may know. */
const isRead = (sql: Sql) => sql`
  exists (select from members m where m.conversation_id = msg.conversation_id and m.user_id <> msg.sender_id and m.read_seq >= msg.seq)`;

/**
 * Those of private mode whose clock has not started, and starts: the sender may know that they were read, or they were sent so long ago
 * that it says nothing any more of when. What nobody has read stays: it must not be lost to who was away.
 */
const due = (sql: Sql, now: number) => sql`
  msg.awaits_reading and (${isKnownRead(sql)} or (${isRead(sql)} and msg.created_at <= to_timestamp(
    (${now}::float8 - greatest(msg.disappears_after_read_ms, ${limits.privateSecretMaxMs}::bigint)) / 1000)))`;

/**
 * Private mode: from now on the time runs of what the other side has read. Everybody in the conversation is told when each of these
 * messages will disappear; but where its sender is not to know that it was read, the reader alone has a clock, and only their own copy
 * goes by it. Repeating and racing are harmless.
 */
async function startClocks(ctx: Ctx, conversationId: string): Promise<void> {
  const { sql } = ctx.db;
  // Mostly there is nothing, and then nothing is locked.
  const waiting = await sql`
    with own as (${ownClocks(sql, ctx.clock.now(), sql`and msg.conversation_id = ${conversationId}`)})
    select 1 from messages msg where msg.conversation_id = ${conversationId} and ${due(sql, ctx.clock.now())} limit 1`;
  if (waiting.length === 0) return;
  let started: number;
  do {
    started = await startBatch(ctx, conversationId);
  } while (started === batchMax);
}

/** Starts those of readers alone. No number moves and nobody is told: the sender would learn from either that somebody has read. */
function ownClocks(sql: Sql, now: number, where: ReturnType<Sql>) {
  return sql`
    insert into own_clocks (conversation_id, user_id, seq, ends_at)
    select msg.conversation_id, m.user_id, msg.seq, to_timestamp((${now}::float8 + msg.disappears_after_read_ms) / 1000)
    from messages msg
    join members m on m.conversation_id = msg.conversation_id and m.user_id <> msg.sender_id and m.read_seq >= msg.seq
    where msg.awaits_reading and not ${isKnownRead(sql)} and ${notRemoved(sql, sql`m.user_id`)} ${where}
    on conflict do nothing`;
}

function startBatch(ctx: Ctx, conversationId: string): Promise<number> {
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(conversationId);
    const rows = await tx.sql<{ seq: number; change: number; expires_at: number }[]>`
      update messages t set awaits_reading = false, last_change = ${head.change}::bigint + x.place, amended = true,
        expires_at = least(t.expires_at, to_timestamp((${ctx.clock.now()}::float8 + t.disappears_after_read_ms) / 1000))
      from (
        select msg.seq, row_number() over (order by msg.seq) as place from messages msg
        where msg.conversation_id = ${conversationId} and ${due(tx.sql, ctx.clock.now())}
        order by msg.seq limit ${batchMax}
      ) x
      where t.conversation_id = ${conversationId} and t.seq = x.seq
      returning t.seq, t.last_change as change, ${msOf(tx.sql, tx.sql`t.expires_at`)} as expires_at`;
    if (rows.length === 0) return 0;
    const events = rows
      .sort((a, b) => a.change - b.change)
      .map(({ seq, change, expires_at }): ConversationEvent => {
        return { type: 'message.expiring', conversationId, change, seq, expiresAt: expires_at };
      });
    const from = head.change + 1;
    head.change += rows.length;
    await tx.moveHead(head);
    tx.tell({ kind: 'conversation', conversationId, from, to: head.change, events });
    return rows.length;
  });
}

/**
 * The same for who has just read, which is committed: apart from that, as it locks the head. Should it fail, the next look of
 * {@link makeClockLook} does it.
 */
export async function startClocksAfterReading(ctx: Ctx, conversationId: string): Promise<void> {
  try {
    await startClocks(ctx, conversationId);
    ctx.unstarted.delete(conversationId);
  } catch (error) {
    ctx.unstarted.add(conversationId);
    ctx.log.warn({ error, conversationId }, 'the clocks of what was read could not be started; they are at the next look');
  }
}

/**
 * What a job calls again and again: it starts what failed here since the last time. The first time, and then rarely, it looks for what
 * was read when a process ended before it could start the clocks, and for what has waited for long enough; that goes through all
 * private messages that are unread.
 */
export function makeClockLook(ctx: Ctx): () => Promise<void> {
  let looks = 0;
  return async () => {
    for (const id of [...ctx.unstarted]) await startClocksAfterReading(ctx, id);
    if (looks++ % wholeLookEvery === 0) await startDueClocks(ctx);
  };
}

/** Starts the clocks of everything that was read without anybody starting them. Nodes may do it at the same time. */
export async function startDueClocks(ctx: Ctx): Promise<void> {
  const { sql } = ctx.db;
  let found: number;
  do {
    const rows = await sql<{ id: string }[]>`
      with own as (${ownClocks(sql, ctx.clock.now(), sql``)})
      select distinct msg.conversation_id as id from messages msg
      where ${due(sql, ctx.clock.now())} and msg.conversation_id <> all(${[...ctx.unstarted]}::uuid[]) limit ${conversationsMax}`;
    found = rows.length;
    for (const { id } of rows) await startClocksAfterReading(ctx, id);
  } while (found === conversationsMax);
}
