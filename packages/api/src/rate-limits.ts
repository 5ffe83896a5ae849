import { isIPv6 } from 'node:net';
import { AppError } from '@nexo/shared';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/** What is limited. One row each in `rateLimitTable`. */
type RateLimitName = keyof typeof rateLimitTable;

/**
 * Points per duration; a key is an account or an address. `pointsApart` are those of one of several nodes while they do not
 * count together: fewer where somebody who guesses would gain by asking every node in turn.
 */
export const rateLimitTable = {
  /** By account and address together: somebody elsewhere who guesses does not lock the owner out. */
  loginPerAccountAndAddress: { points: 10, pointsApart: 4, durationMs: 5 * 60_000 },
  /** By account, against guessing from many addresses. */
  loginPerAccount: { points: 100, pointsApart: 34, durationMs: 5 * 60_000 },
  loginPerAddress: { points: 60, pointsApart: 20, durationMs: 5 * 60_000 },
  /** A client refreshes four times an hour; tabs that wake together are a handful. */
  refreshPerSession: { points: 60, durationMs: 60_000 },
  registerPerAddress: { points: 20, durationMs: 60 * 60_000 },
  searchPerUser: { points: 60, durationMs: 60_000 },
  /** A client says it every three seconds, and at each message that it is over. */
  typingPerUser: { points: 120, durationMs: 60_000 },
  /** Both ways to ask for presence. A client gathers what its views want for a moment; scrolling through a long list asks often. */
  presencePerUser: { points: 600, durationMs: 60_000 },
  /** Each is told to all own sessions, and who may see the presence is weighed anew. */
  updatePerUser: { points: 60, durationMs: 60_000 },
  createPerUser: { points: 120, durationMs: 60 * 60_000 },
  /** Calls of a customer's server, all its machines together. */
  callsPerKey: { points: 6_000, durationMs: 60_000 },
  /** A message of a batch counts as one. */
  messagesPerKey: { points: 60_000, durationMs: 60_000 },
} as const satisfies Record<string, { points: number; pointsApart?: number; durationMs: number }>;

/** Token counts that refuse with RATE_LIMITED and the time to wait. */
export interface RateLimits {
  /** Takes a point of `key`, or several; throws AppError RATE_LIMITED with `retryAfterMs` when not so many are left. */
  take(name: RateLimitName, key: string, points?: number): Promise<void>;
  /** Forgets what was taken: after a right password, for the account. */
  reset(name: RateLimitName, key: string): Promise<void>;
}

/** Counters that all nodes share. */
export interface SharedCounters {
  /** Before every key. */
  keyPrefix: string;
  /** An ioredis client, single or cluster, that answers in time or fails soon; null while it is known not to. */
  client(): object | null;
}

export interface RateLimitsOptions {
  /** Multiplies every row's points: tests and load runs pass a large one, Infinity lifts all limits. */
  factor?: number;
  /** Null: this process counts by itself. */
  shared?: SharedCounters | null;
  /** Others count beside it, also where nothing is shared. */
  isOneOfSeveral?: boolean;
}

/**
 * Limits of all nodes together where counters are shared; of this process otherwise, and while the shared ones do not answer. A
 * window begins with its first point and is never extended by refused tries.
 */
export function makeRateLimits(options: RateLimitsOptions = {}): RateLimits {
  const { factor = 1, shared = null } = options;
  const isApart = shared !== null || options.isOneOfSeveral === true;
  const own = limitersOf((name) => new RateLimiterMemory(settingsOf(name, factor, isApart)));
  let together: { client: object; limiters: Limiters } | undefined;

  function limiterOf(name: RateLimitName): Limiter {
    const client = shared?.client() ?? null;
    if (shared === null || client === null) return own[name];
    if (together?.client !== client) together = { client, limiters: limitersOn(client, shared.keyPrefix) };
    return together.limiters[name];
  }

  function limitersOn(client: object, keyPrefix: string): Limiters {
    return limitersOf(
      (name) =>
        new RateLimiterRedis({
          ...settingsOf(name, factor, false),
          storeClient: client,
          keyPrefix: `${keyPrefix}:${name}`,
          rejectIfRedisNotReady: true,
          insuranceLimiter: own[name],
        }),
    );
  }

  return {
    async take(name, key, points = 1) {
      try {
        await limiterOf(name).consume(key, points);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new AppError('RATE_LIMITED', { retryAfterMs: refusal.msBeforeNext });
      }
    },
    async reset(name, key) {
      const limiter = limiterOf(name);
      await limiter.delete(key);
      // Both, or tries made while the nodes counted apart would outlive the right password.
      if (limiter !== own[name]) await own[name].delete(key);
    },
  };
}

type Limiter = Pick<RateLimiterMemory, 'consume' | 'delete'>;
type Limiters = Record<RateLimitName, Limiter>;

function limitersOf<T extends Limiter>(make: (name: RateLimitName) => T): Record<RateLimitName, T> {
  const names = Object.keys(rateLimitTable) as RateLimitName[];
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<RateLimitName, T>;
}

function settingsOf(name: RateLimitName, factor: number, apart: boolean): { points: number; duration: number } {
  const row: { points: number; pointsApart?: number; durationMs: number } = rateLimitTable[name];
  const points = apart ? (row.pointsApart ?? row.points) : row.points;
  return { points: Math.min(points * factor, Number.MAX_SAFE_INTEGER), duration: row.durationMs / 1_000 };
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
