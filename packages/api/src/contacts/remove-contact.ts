import type { ContactIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { lockDirect } from './lock-direct.ts';
import { findOther, lockPeople } from './lock-people.ts';

/** Ends a contact for both sides and tells both; without one it does nothing. Throws NOT_FOUND for an unknown user, RATE_LIMITED. */
export async function removeContact(ctx: UserContext, input: ContactIdInput): Promise<void> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  await transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockDirect(tx, me, other);
    await lockPeople(tx, [me, other]);
    const rows = await tx.sql<{ owner_id: string; contact_id: string }[]>`
      update contacts set removed_at = ${timeOf(tx.sql, ctx.clock.now())}, remark = null, pinned_at = null
      where removed_at is null and (owner_id, contact_id) in ((${me}, ${other}), (${other}, ${me}))
      returning owner_id, contact_id`;
    const changes = await tx.moveUserHeads(rows.map((row) => row.owner_id));
    for (const { owner_id: owner, contact_id: userId } of rows) {
      const userChange = changes.get(owner) ?? 0;
      await tx.sql`update contacts set user_change = ${userChange} where owner_id = ${owner} and contact_id = ${userId}`;
      tx.tell({
        kind: 'user',
        userId: owner,
        change: userChange,
        events: [{ type: 'me.contact', userChange, userId, contact: null }],
      });
    }
  });
}
