import { AppError, type BlockView, type ContactIdInput, directConversationId, limits } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { type BlockRow, blockColumns, blockView } from './contact-rows.ts';
import { endRequest } from './end-request.ts';
import { lockDirect } from './lock-direct.ts';
import { findOther, lockPeople } from './lock-people.ts';

/**
 * Blocks somebody: from the commit on nothing goes between the two directly, neither messages nor requests nor presence, typing or
 * receipts, and the other is not told. Requests between them end as if refused or taken back. Blocking again changes nothing. Throws
 * NOT_FOUND for an unknown user, LIST_FULL, RATE_LIMITED.
 */
export async function blockUser(ctx: UserContext, input: ContactIdInput): Promise<BlockView> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  return transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockDirect(tx, me, other);
    await lockPeople(tx, [me, other]);
    const known = await readBlock(tx, me, other);
    if (known !== undefined) return blockView(known);
    await refuseFull(tx, me);
    await freezeReceipts(tx, me, other);
    await endRequest(ctx, tx, { from: other, to: me, end: 'refused' });
    await endRequest(ctx, tx, { from: me, to: other, end: 'cancelled' });
    const userChange = await tx.moveUserHead(me);
    const [row] = await tx.sql<BlockRow[]>`
      insert into blocks as b (owner_id, blocked_id, blocked_at, user_change)
      values (${me}, ${other}, ${timeOf(tx.sql, ctx.clock.now())}, ${userChange})
      on conflict (owner_id, blocked_id) do update set
        blocked_at = excluded.blocked_at, removed_at = null, user_change = excluded.user_change
      returning ${blockColumns(tx.sql)}`;
    if (row === undefined) throw new AppError('INTERNAL');
    const block = blockView(row);
    tx.tell({ kind: 'user', userId: me, change: userChange, events: [{ type: 'me.block', userChange, userId: other, block }] });
    return block;
  });
}

export async function readBlock(tx: Tx, owner: string, other: string): Promise<BlockRow | undefined> {
  const [row] = await tx.sql<BlockRow[]>`
    select ${blockColumns(tx.sql)} from blocks b
    where b.owner_id = ${owner} and b.blocked_id = ${other} and b.removed_at is null`;
  return row;
}

async function refuseFull(tx: Tx, me: string): Promise<void> {
  const [row] = await tx.sql<{ count: number }[]>`
    select count(*)::int as count from blocks where owner_id = ${me} and removed_at is null`;
  if ((row?.count ?? 0) >= limits.blocksMaxPerUser)
    throw new AppError('LIST_FULL', { message: 'There is no room for one more block' });
}

/** How far each has read stays for the other what it is now: nothing new is said while there is a block, only what is there is read. */
async function freezeReceipts(tx: Tx, me: string, other: string): Promise<void> {
  await tx.sql`
    update members set shown_read_seq = read_seq
    where conversation_id = ${directConversationId(me, other)} and shown_read_seq is null`;
}
