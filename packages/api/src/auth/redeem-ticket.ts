import { schema } from '@nexo/db';
import { AppError, type AuthResult, type RedeemInput } from '@nexo/shared';
import { eq } from 'drizzle-orm';
import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';
import { transact } from '../transact.ts';
import { myUserView } from '../users/user-view.ts';
import { handOver, jarFor } from './cookies.ts';
import { endSession } from './end-session.ts';
import { sessionView } from './session-rows.ts';
import { startSession } from './start-session.ts';
import { tokenHash } from './tokens.ts';

const { tickets, users } = schema;

/**
 * Begins the session that a ticket of the customer's server is for. Of several at once one gets it. Throws WRONG_CREDENTIALS for a
 * ticket that never was one, was used or is too old; RATE_LIMITED by address.
 */
export async function redeemTicket(ctx: RequestContext, input: RedeemInput): Promise<AuthResult> {
  const { platform, deviceName, transport = 'token' } = input;
  const jar = jarFor(ctx, transport);
  await ctx.rateLimits.take('redeemPerAddress', addressKey(ctx.address));
  const hash = tokenHash('ticket', input.ticket);
  if (hash === null) throw notGood();
  const { user, session, tokens } = await transact(ctx, async (tx) => {
    const [ticket] = await tx.orm.delete(tickets).where(eq(tickets.hash, hash)).returning();
    if (ticket === undefined || ticket.expiresAt.getTime() <= ctx.clock.now()) throw notGood();
    const started = await startSession(tx, ctx, ticket.userId, { platform, deviceName, transport, address: ctx.address });
    const [user] = await tx.orm.select().from(users).where(eq(users.id, ticket.userId));
    if (user === undefined) throw notGood();
    return { user, ...started };
  });
  // As in a login: nobody could ever use or end the session whose cookies are replaced.
  if (jar !== null && ctx.session?.transport === 'cookie') await endSession(ctx, ctx.session, 'logout');
  return handOver(ctx, jar, tokens, { user: myUserView(user), session: sessionView(session, session.id) });
}

function notGood(): AppError {
  return new AppError('WRONG_CREDENTIALS', { field: 'ticket', message: 'This ticket is not good, or not any more' });
}
