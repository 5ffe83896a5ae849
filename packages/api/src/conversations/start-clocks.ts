import type { ConversationEvent } from '@nexo/shared';
import type { Services } from '../context.ts';
import { transact } from '../transact.ts';

/** Messages of one transaction, each a change of its own, so that a diff over changes is as long as it says. */
const batchMax = 200;
/** Conversations of one look. */
const conversationsMax = 500;

/** Those of private mode that somebody other than their sender has read, and whose clock has not started. */
const due = (sql: Services['db']['sql']) => sql`
  msg.awaits_reading and exists (
    select from members m where m.conversation_id = msg.conversation_id and m.user_id <> msg.sender_id and m.read_seq >= msg.seq)`;

/**
 * Private mode: from now on the time runs of what the other side has read. Everybody in the conversation is told when each of
 * these messages will disappear. Repeating and racing are harmless.
 */
export async function startClocks(ctx: Pick<Services, 'db' | 'bus' | 'clock'>, conversationId: string): Promise<void> {
  // Mostly there is nothing, and then nothing is locked.
  const waiting = await ctx.db.sql`
    select 1 from messages msg where msg.conversation_id = ${conversationId} and ${due(ctx.db.sql)} limit 1`;
  if (waiting.length === 0) return;
  let started: number;
  do {
    started = await startBatch(ctx, conversationId);
  } while (started === batchMax);
}

function startBatch(ctx: Pick<Services, 'db' | 'bus' | 'clock'>, conversationId: string): Promise<number> {
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(conversationId);
    const rows = await tx.sql<{ seq: number; change: number; expires_at: number }[]>`
      update messages t set awaits_reading = false, last_change = ${head.change}::bigint + x.place, amended = true,
        expires_at = least(t.expires_at, to_timestamp((${ctx.clock.now()}::float8 + t.disappears_after_read_ms) / 1000))
      from (
        select msg.seq, row_number() over (order by msg.seq) as place from messages msg
        where msg.conversation_id = ${conversationId} and ${due(tx.sql)}
        order by msg.seq limit ${batchMax}
      ) x
      where t.conversation_id = ${conversationId} and t.seq = x.seq
      returning t.seq, t.last_change as change, (extract(epoch from t.expires_at) * 1000)::float8 as expires_at`;
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
 * Starts the clocks of everything that was read without anybody starting them: by an answer, or while a process ended. For a job;
 * nodes may do it at the same time.
 */
export async function startDueClocks(ctx: Pick<Services, 'db' | 'bus' | 'clock'>): Promise<void> {
  const rows = await ctx.db.sql<{ id: string }[]>`
    select distinct msg.conversation_id as id from messages msg where ${due(ctx.db.sql)} limit ${conversationsMax}`;
  for (const { id } of rows) await startClocks(ctx, id);
}
