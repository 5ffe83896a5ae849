import { type ContactIdInput, directConversationId } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { type Tx, transact } from '../transact.ts';
import { showsReading } from '../users/shows-reading.ts';
import { readBlock } from './block-user.ts';
import { lockDirect } from './lock-direct.ts';
import { findOther, lockPeople } from './lock-people.ts';

/** Ends a block; without one it does nothing. What was between the two is again. Throws NOT_FOUND for an unknown user, RATE_LIMITED. */
export async function unblockUser(ctx: UserContext, input: ContactIdInput): Promise<void> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  await transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockDirect(tx, me, other);
    await lockPeople(tx, [me, other]);
    if ((await readBlock(tx, me, other)) === undefined) return;
    if ((await readBlock(tx, other, me)) === undefined) await showReceipts(tx, me, other);
    const userChange = await tx.moveUserHead(me);
    await tx.sql`
      update blocks set removed_at = ${timeOf(tx.sql, ctx.clock.now())}, user_change = ${userChange}
      where owner_id = ${me} and blocked_id = ${other}`;
    tx.tell({
      ...{ kind: 'user', userId: me, change: userChange },
      events: [{ type: 'me.block', userChange, userId: other, block: null }],
    });
  });
}

/** How far each has read meanwhile is told now, unless one of the two hides it. */
async function showReceipts(tx: Tx, me: string, other: string): Promise<void> {
  const conversationId = directConversationId(me, other);
  const rows = await tx.sql<{ user_id: string; read_seq: number; had: boolean }[]>`
    with moved as (
      select user_id, read_seq > shown_read_seq as had from members
      where conversation_id = ${conversationId} and shown_read_seq is not null)
    update members m set shown_read_seq = null from moved
    where m.conversation_id = ${conversationId} and m.user_id = moved.user_id
    returning m.user_id, m.read_seq, moved.had and not exists (
      select 1 from users u where u.id = any(${[me, other]}::text[]) and not ${showsReading(tx.sql, 'u')}) as had`;
  for (const { user_id: userId, read_seq: readSeq, had } of rows) {
    if (had) tx.tell({ kind: 'read', event: { type: 'conversation.read', conversationId, userId, readSeq } });
  }
}
