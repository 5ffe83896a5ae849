import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { removeFromView } from './remove-messages.ts';

/** Clocks that one look finds at most; there is another one right after it. */
const foundMax = 1_000;

type Ctx = Pick<Services, 'db' | 'bus' | 'clock'>;

/**
 * Takes from the view of each reader what they have read in private mode without its sender knowing, once its time is over; they alone
 * are told, as if they had removed it. For a job; nodes may do it at the same time.
 */
export async function endOwnClocks(ctx: Ctx): Promise<void> {
  let found: number;
  do {
    const rows = await ctx.db.sql<{ id: string; user_id: string; seqs: number[] }[]>`
      select conversation_id as id, user_id, json_agg(seq) as seqs from (
        select * from own_clocks where ends_at <= ${timeOf(ctx.db.sql, ctx.clock.now())} order by ends_at limit ${foundMax}
      ) over
      group by conversation_id, user_id`;
    found = rows.reduce((count, row) => count + row.seqs.length, 0);
    for (const { id, user_id, seqs } of rows) await endIn(ctx, id, user_id, seqs);
  } while (found === foundMax);
}

/** What is gone for everybody by now needs no removing. */
function endIn(ctx: Ctx, conversationId: string, userId: string, over: readonly number[]): Promise<void> {
  return transact(ctx, async (tx) => {
    const rows = await tx.sql<{ seq: number }[]>`
      with ended as (
        delete from own_clocks
        where conversation_id = ${conversationId} and user_id = ${userId} and seq = any(${over as number[]}::bigint[]) returning seq
      )
      select msg.seq from ended join messages msg on msg.conversation_id = ${conversationId} and msg.seq = ended.seq
      where msg.type not in ('revoked', 'expired')`;
    if (rows.length === 0) return;
    await removeFromView(
      tx,
      conversationId,
      userId,
      rows.map((row) => row.seq),
    );
  });
}
