import { AppError } from '@nexo/shared';
import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';
import { noteWrongPassword } from './note-wrong-password.ts';

/** One try at a password, counted before it is known to be right or wrong. */
export interface Try {
  /** Forgets the tries made from this address; those from elsewhere go on counting. */
  right(): Promise<void>;
  /** Notes it, so that the owner can be told. */
  wrong(): Promise<void>;
}

/**
 * Counts one try at the password of an account. Throws RATE_LIMITED: by account and address together with waits that grow; by account
 * alone too, but not for an address at which the account has been logged in: whoever guesses elsewhere, from however many addresses,
 * keeps nobody out at home.
 */
export async function countTry(ctx: RequestContext, userId: string): Promise<Try> {
  const account = userId.toLowerCase();
  const here = `${account} ${addressKey(ctx.address)}`;
  await ctx.rateLimits.take('loginPerAccountAndAddress', here);
  try {
    await ctx.rateLimits.take('loginPerAccount', account);
  } catch (error) {
    const isLimit = error instanceof AppError && error.code === 'RATE_LIMITED';
    if (!isLimit || !(await hasBeenHere(ctx, account))) throw error;
  }
  return {
    right: () => ctx.rateLimits.reset('loginPerAccountAndAddress', here),
    wrong: () => noteWrongPassword(ctx, account),
  };
}

/** Whether the account has, or lately had, a session at this address. */
async function hasBeenHere(ctx: RequestContext, account: string): Promise<boolean> {
  const rows = await ctx.db.sql<{ address: string }[]>`
    select distinct s.address from sessions s join users u on u.id = s.user_id
    where lower(u.id) = ${account} and s.address is not null`;
  return rows.some(({ address }) => addressKey(address) === addressKey(ctx.address));
}
