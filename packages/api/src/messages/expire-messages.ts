import type { ConversationEvent } from '@nexo/shared';
import type { Services } from '../context.ts';
import { type MessageRow, messageColumns, messageForAll, replyJoin } from '../conversations/message-view.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { countNoLonger } from './count-no-longer.ts';
import { readPins, writePins } from './pins.ts';

/** Messages of one transaction, each a change of its own, so that a diff over changes is as long as it says. */
const batchMax = 200;
/** Messages that one look finds at most; there is another one right after it. */
const foundMax = 1_000;

type Ctx = Pick<Services, 'db' | 'bus' | 'clock' | 'log'>;

/**
 * Makes every message disappear whose time is over: its content is removed from the database, it counts no longer, and everybody
 * in the conversation is told. A conversation in which it fails keeps no other from it. For a job; nodes may do it at the same time.
 */
export async function expireMessages(ctx: Ctx): Promise<void> {
  const failed = new Set<string>();
  let found: number;
  do {
    const rows = await ctx.db.sql<{ id: string }[]>`
      select conversation_id as id from messages
      where expires_at <= ${timeOf(ctx.db.sql, ctx.clock.now())} and expires_at is not null and type <> 'expired'
        and conversation_id <> all(${[...failed]}::uuid[])
      order by expires_at limit ${foundMax}`;
    found = rows.length;
    for (const id of new Set(rows.map((row) => row.id))) {
      try {
        await expireIn(ctx, id);
      } catch (error) {
        failed.add(id);
        ctx.log.error(
          { error, conversationId: id },
          'messages of a conversation did not disappear; they are tried again at the next look',
        );
      }
    }
  } while (found === foundMax);
}

async function expireIn(ctx: Ctx, conversationId: string): Promise<void> {
  let expired: number;
  do {
    expired = await expireBatch(ctx, conversationId);
  } while (expired === batchMax);
}

/**
 * What is left is its place: seqs have no holes. Nothing of it stays that says what it was, to whom, what it answered, or what people
 * made of it; and it is pinned no more.
 */
function expireBatch(ctx: Ctx, conversationId: string): Promise<number> {
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(conversationId);
    const rows = await tx.sql<{ seq: number; countable: boolean; countable_seq: number }[]>`
      update messages t set type = 'expired', content = '{"type":"expired"}', reply_to = null, forwarded_from_id = null,
        awaits_reading = false, edited_at = null, reactions = null, content_change = ${head.change}::bigint + x.place,
        last_change = ${head.change}::bigint + x.place, amended = true
      from (
        select seq, row_number() over (order by seq) as place from messages
        where conversation_id = ${conversationId} and expires_at <= ${timeOf(tx.sql, ctx.clock.now())}
          and expires_at is not null and type <> 'expired'
        order by seq limit ${batchMax}
      ) x
      where t.conversation_id = ${conversationId} and t.seq = x.seq
      returning t.seq, t.countable, t.countable_seq`;
    if (rows.length === 0) return 0;
    const seqs = rows.map((row) => row.seq);
    for (const table of ['mentions', 'message_edits', 'reactions']) {
      await tx.sql`delete from ${tx.sql(table)} where conversation_id = ${conversationId} and seq = any(${seqs}::bigint[])`;
    }
    const counted = rows.flatMap((row) => (row.countable ? [row.countable_seq] : []));
    await countNoLonger(tx.sql, conversationId, counted);
    await unpin(tx, conversationId, seqs, head.change + rows.length);
    const left = await tx.sql<MessageRow[]>`
      select ${messageColumns(tx.sql)} from messages msg ${replyJoin(tx.sql)}
      where msg.conversation_id = ${conversationId} and msg.seq = any(${seqs}::bigint[]) order by msg.last_change`;
    const events = left.map(messageForAll).map((message): ConversationEvent => {
      return { type: 'message.expired', conversationId, change: message.change, message };
    });
    const from = head.change + 1;
    head.change += rows.length;
    await tx.moveHead(head);
    tx.tell({ kind: 'conversation', conversationId, from, to: head.change, events });
    return rows.length;
  });
}

/** Without an event of its own: that a message has disappeared says it. */
async function unpin(tx: Tx, conversationId: string, seqs: readonly number[], change: number): Promise<void> {
  const pins = await readPins(tx.sql, conversationId);
  const left = pins.filter((pin) => !seqs.includes(pin.seq));
  if (left.length < pins.length) await writePins(tx.sql, conversationId, left, change);
}
