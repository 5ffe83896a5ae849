import type { BackendContext, UserContext } from '../context.ts';
import type { RateLimits } from '../rate-limits.ts';

/** What a customer's server does is counted for its key, not for the users in whose name it does it. */
const uncounted: RateLimits = { take: async () => {}, takeHere: () => {}, giveBackHere: () => {}, reset: async () => {} };

/** The bag in which a verb does what the customer's server wants in the name of a user, whose id is given as it is stored. */
export function actAs(ctx: BackendContext, userId: string): UserContext {
  return {
    ...ctx,
    apiKey: undefined,
    rateLimits: uncounted,
    session: { id: ctx.apiKey.id, userId, platform: 'server', transport: 'token' },
  };
}
