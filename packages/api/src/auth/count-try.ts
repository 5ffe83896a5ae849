import type { RequestContext } from '../context.ts';
import { addressKey } from '../rate-limits.ts';

/**
 * Counts one try at the password of an account. Throws RATE_LIMITED. Answers how to forget the tries made from this address, for
 * when the password was right; those from elsewhere go on counting.
 */
export async function countTry(ctx: RequestContext, userId: string): Promise<() => Promise<void>> {
  const account = userId.toLowerCase();
  const here = `${account} ${addressKey(ctx.address)}`;
  await ctx.rateLimits.take('loginPerAccountAndAddress', here);
  await ctx.rateLimits.take('loginPerAccount', account);
  return () => ctx.rateLimits.reset('loginPerAccountAndAddress', here);
}
