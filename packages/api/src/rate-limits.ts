import { isIPv6 } from 'node:net';
import { AppError } from '@nexo/shared';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** What is limited. One row each in `rateLimitTable`. */
type RateLimitName = keyof typeof rateLimitTable;

/** Points per duration; a key is an account or an address. */
export const rateLimitTable = {
  /** By account and address together: somebody elsewhere who guesses does not lock the owner out. */
  loginPerAccountAndAddress: { points: 10, durationMs: 5 * 60_000 },
  /** By account, against guessing from many addresses. */
  loginPerAccount: { points: 100, durationMs: 5 * 60_000 },
  loginPerAddress: { points: 60, durationMs: 5 * 60_000 },
  /** A client refreshes four times an hour; tabs that wake together are a handful. */
  refreshPerSession: { points: 60, durationMs: 60_000 },
  registerPerAddress: { points: 20, durationMs: 60 * 60_000 },
  searchPerUser: { points: 60, durationMs: 60_000 },
  /** A client says it every three seconds, and at each message that it is over. */
  typingPerUser: { points: 120, durationMs: 60_000 },
  /** Both ways to ask for presence. A client gathers what its views want for a moment; scrolling through a long list asks often. */
  presencePerUser: { points: 600, durationMs: 60_000 },
  createPerUser: { points: 120, durationMs: 60 * 60_000 },
} as const satisfies Record<string, { points: number; durationMs: number }>;

/** Token counts that refuse with RATE_LIMITED and the time to wait. */
export interface RateLimits {
  /** Takes one point of `key`; throws AppError RATE_LIMITED with `retryAfterMs` when none is left. */
  take(name: RateLimitName, key: string): Promise<void>;
  /** Forgets what was taken: after a right password, for the account. */
  reset(name: RateLimitName, key: string): Promise<void>;
}

export interface RateLimitsOptions {
  /** Multiplies every row's points: tests and load runs pass a large one, Infinity lifts all limits. */
  factor?: number;
}

/** Limits of this process, kept in its memory. A window begins with its first point and is never extended by refused tries. */
export function makeRateLimits(options: RateLimitsOptions = {}): RateLimits {
  const limiters = new Map<RateLimitName, RateLimiterMemory>();
  for (const [name, { points, durationMs }] of Object.entries(rateLimitTable)) {
    const limiter = new RateLimiterMemory({
      points: Math.min(points * (options.factor ?? 1), Number.MAX_SAFE_INTEGER),
      duration: durationMs / 1_000,
    });
    limiters.set(name as RateLimitName, limiter);
  }
  return {
    async take(name, key) {
      try {
        await limiters.get(name)?.consume(key);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new AppError('RATE_LIMITED', { retryAfterMs: refusal.msBeforeNext });
      }
    },
    async reset(name, key) {
      await limiters.get(name)?.delete(key);
    },
  };
}

/** Under what an address is counted. Whoever has one IPv6 address has its whole /64, so those count as one. */
export function addressKey(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (!isIPv6(bare)) return bare;
  const [before = '', after] = bare.toLowerCase().split('::');
  const groups = before === '' ? [] : before.split(':');
  if (after !== undefined) {
    const behind = after === '' ? [] : after.split(':');
    while (groups.length + behind.length < 8) groups.push('0');
    groups.push(...behind);
  }
  const prefix = groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}
