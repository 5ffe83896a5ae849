import { schema } from '@nexo/db';
import { limits, type OfUserInput, type Ticket } from '@nexo/shared';
import { inArray, lte } from 'drizzle-orm';
import { makeToken } from '../auth/tokens.ts';
import type { BackendContext } from '../context.ts';
import { findPerson } from './find-person.ts';

const { tickets } = schema;

/** More than one minting adds, so that the table stays small. */
const forgottenPerMinting = 10;

/**
 * A ticket with which a browser gets a session of the user (`auth.redeem`), once and within `limits.ticketMs`: so the tokens
 * themselves never pass through an address. Throws NOT_FOUND.
 */
export async function mintTicket(ctx: BackendContext, input: OfUserInput): Promise<Ticket> {
  const userId = await findPerson(ctx.db.sql, input.userId);
  const now = ctx.clock.now();
  const { token: ticket, hash } = makeToken('ticket');
  const expiresAt = now + limits.ticketMs;
  await ctx.db.orm.insert(tickets).values({ hash, userId, createdAt: new Date(now), expiresAt: new Date(expiresAt) });
  const expired = ctx.db.orm
    .select({ hash: tickets.hash })
    .from(tickets)
    .where(lte(tickets.expiresAt, new Date(now)))
    .limit(forgottenPerMinting)
    .for('update', { skipLocked: true });
  await ctx.db.orm.delete(tickets).where(inArray(tickets.hash, expired));
  return { ticket, expiresAt };
}
