import { AppError, type ContactView, type UpdateContactInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import { transact } from '../transact.ts';
import { type ContactRow, contactColumns, contactView } from './contact-rows.ts';
import { findOther, lockPeople } from './lock-people.ts';

/**
 * Changes what only the caller sees of a contact: the own name for them, and whether they stand first. Tells all own sessions. Throws
 * NOT_FOUND when they are no contact, RATE_LIMITED.
 */
export async function updateContact(ctx: UserContext, input: UpdateContactInput): Promise<ContactView> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  return transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockPeople(tx, [me]);
    const { remark, pinned } = input;
    const [row] = await tx.sql<ContactRow[]>`
      update contacts c set
        remark = ${remark === undefined ? tx.sql`c.remark` : tx.sql`nullif(${remark}::text, '')`},
        pinned_at = ${pinned === undefined ? tx.sql`c.pinned_at` : pinned ? tx.sql`coalesce(c.pinned_at, ${timeOf(tx.sql, ctx.clock.now())})` : tx.sql`null`}
      where c.owner_id = ${me} and c.contact_id = ${other} and c.removed_at is null
      returning ${contactColumns(tx.sql)}`;
    if (row === undefined) throw new AppError('NOT_FOUND', { message: 'Not a contact of yours' });
    const userChange = await tx.moveUserHead(me);
    await tx.sql`update contacts set user_change = ${userChange} where owner_id = ${me} and contact_id = ${other}`;
    const contact = contactView(row);
    tx.tell({
      kind: 'user',
      userId: me,
      change: userChange,
      events: [{ type: 'me.contact', userChange, userId: other, contact }],
    });
    return contact;
  });
}
