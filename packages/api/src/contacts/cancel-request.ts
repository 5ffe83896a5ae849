import type { ContactIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { endRequest } from './end-request.ts';
import { findOther, lockPeople } from './lock-people.ts';

/** Takes the own pending request back; without one it does nothing. Throws NOT_FOUND for an unknown user, RATE_LIMITED. */
export async function cancelRequest(ctx: UserContext, input: ContactIdInput): Promise<void> {
  const me = ctx.session.userId;
  await ctx.rateLimits.take('updatePerUser', me);
  await transact(ctx, async (tx) => {
    const other = await findOther(tx, me, input.userId);
    await lockPeople(tx, [me, other]);
    await endRequest(ctx, tx, { from: me, to: other, end: 'cancelled' });
  });
}
