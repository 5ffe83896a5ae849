import { AppError, type RespondContactInput, type RespondContactResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { type ContactRow, contactColumns, contactView, isPending } from './contact-rows.ts';
import { endRequest, readRequest } from './end-request.ts';
import { findOther, lockPeople } from './lock-people.ts';
import { makeContacts } from './make-contacts.ts';

/**
 * Answers the request of somebody: accepted, both have a contact. Repeating an answer is harmless. Throws NOT_FOUND for accepting what
 * is not there, was taken back or has expired; LIST_FULL, RATE_LIMITED.
 */
export async function respondContact(ctx: UserContext, input: RespondContactInput): Promise<RespondContactResult> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  return transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockPeople(tx, [me, other]);
    if (!input.accept) {
      await endRequest(ctx, tx, { from: other, to: me, end: 'refused' });
      return {};
    }
    const [known] = await tx.sql<ContactRow[]>`
      select ${contactColumns(tx.sql)} from contacts c
      where c.owner_id = ${me} and c.contact_id = ${other} and c.removed_at is null`;
    if (known !== undefined) return { contact: contactView(known) };
    if (!isPending(await readRequest(tx, other, me), ctx.clock.now())) {
      throw new AppError('NOT_FOUND', { message: 'No such request' });
    }
    return { contact: await makeContacts(ctx, tx, me, other) };
  });
}
