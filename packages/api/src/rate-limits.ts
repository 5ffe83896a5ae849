import { isIPv6 } from 'node:net';
import { AppError } from '@nexo/shared';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Clock } from './context.ts';
import { type GrowingWait, GrowingWaits } from './growing-waits.ts';
import { Windows } from './windows.ts';

/** What is limited. One row each in `rateLimitTable`. */
type RateLimitName = keyof typeof rateLimitTable;
/** What each node counts by itself, whatever there is between them. */
type NodeLimitName = {
  [Name in RateLimitName]: (typeof rateLimitTable)[Name] extends { onEachNode: true } ? Name : never;
}[RateLimitName];
type SharedLimitName = Exclude<RateLimitName, NodeLimitName>;
/** Beyond whose points one waits longer and longer, instead of until the end of a window. */
type WaitName = {
  [Name in RateLimitName]: (typeof rateLimitTable)[Name] extends { wait: GrowingWait } ? Name : never;
}[RateLimitName];

interface RateLimitRow {
  points: number;
  durationMs: number;
  pointsApart?: number;
  wait?: GrowingWait;
  onEachNode?: true;
}

/**
 * How often who may do what (`docs/limits.md`): points per duration; a key is an account, an address, a conversation, an API key.
 * `pointsApart` are those of one of several nodes while they do not count together: fewer where somebody who guesses would gain by
 * asking every node in turn. `wait`: of so many points none is refused, but each from the last of them on puts the next one off, twice as
 * long each time. `onEachNode`: what comes so often, or must so surely keep its order, that it waits for no counter
 * elsewhere.
 */
export const rateLimitTable = {
  /** By account and address together: somebody elsewhere who guesses does not lock the owner out, nor make them wait. */
  loginPerAccountAndAddress: {
    ...{ points: 5, pointsApart: 3, durationMs: 6 * 60 * 60_000 },
    wait: { firstMs: 5_000, maxMs: 15 * 60_000 },
  },
  /** By account, against guessing from many addresses; not for those where its owner has been. */
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
  /** Profile, settings, contacts, blocks. Each is told to all own sessions, and who may see the presence is weighed anew. */
  updatePerUser: { points: 60, durationMs: 60_000 },
  createPerUser: { points: 120, durationMs: 60 * 60_000 },
  /** What is done to groups and their members: each is told to all of them. */
  groupPerUser: { points: 120, durationMs: 60_000 },
  /** Looking at a group from outside, and joining or applying. */
  joinPerUser: { points: 60, durationMs: 60_000 },
  /** Edits, revocations, reactions, pins and removals together: each of the shared ones is told to everybody in the conversation. */
  touchMessagePerUser: { points: 240, durationMs: 60_000 },
  /** Each counts the members of a conversation, all of them. */
  receiptsPerUser: { points: 120, durationMs: 60_000 },
  /** One call may be a thousand messages. */
  forwardPerUser: { points: 30, durationMs: 60_000 },
  /** Each puts an event upon somebody who was not asked. */
  contactRequestPerUser: { points: 60, durationMs: 60 * 60_000 },
  /** What a person settles about their conversations: pins, mutes, drafts (of each device one in two seconds while one writes). */
  settlePerUser: { points: 300, durationMs: 60_000 },
  /** Calls of a customer's server, all its machines together. */
  callsPerKey: { points: 6_000, durationMs: 60_000 },
  /** A message of a batch counts as one. */
  messagesPerKey: { points: 60_000, durationMs: 60_000 },
  /** Tokens that are none cost a look-up each. Many people may share an address. */
  refreshPerAddress: { points: 1_200, durationMs: 60_000 },
  /** A ticket cannot be guessed; a whole company may come in from one address at nine o'clock. */
  redeemPerAddress: { points: 1_200, durationMs: 60_000 },
  /** Nobody writes as fast; a program that does may go on at this pace. */
  sendPerUser: { points: 600, durationMs: 10_000, onEachNode: true },
  /** Everybody in it has to receive them; what nobody there receives takes none. */
  sendPerConversation: { points: 3_000, durationMs: 10_000, onEachNode: true },
  /** Everything but sends. */
  callsPerUser: { points: 3_000, durationMs: 30_000, onEachNode: true },
} as const satisfies Record<string, RateLimitRow>;

/** Token counts that refuse with RATE_LIMITED and the time to wait. */
export interface RateLimits {
  /** Takes a point of `key`, or several; throws AppError RATE_LIMITED with `retryAfterMs` when not so many are left. */
  take(name: SharedLimitName, key: string, points?: number): Promise<void>;
  /** The same at once, for what each node counts by itself. */
  takeHere(name: NodeLimitName, key: string): void;
  /** Gives such a point back, of what came to nothing. */
  giveBackHere(name: NodeLimitName, key: string): void;
  /** Forgets what was taken: after a right password, for the account. */
  reset(name: SharedLimitName, key: string): Promise<void>;
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
  /** For what each node counts by itself. Default: the system's. */
  clock?: Clock;
}

/**
 * Limits of all nodes together where counters are shared; of this process otherwise, and while the shared ones do not answer. A
 * window begins with its first point and is never extended by refused tries.
 */
export function makeRateLimits(options: RateLimitsOptions = {}): RateLimits {
  const { factor = 1, shared = null } = options;
  const isApart = shared !== null || options.isOneOfSeveral === true;
  const clock = options.clock ?? { now: () => Date.now() };
  const windows = new Map<string, Windows>();
  const own = limitersOf((name) => new RateLimiterMemory(settingsOf(name, factor, isApart)));
  const ownWaits = waitsOf((row) => ({
    ...{ points: settingsOf(row, factor, isApart).points, ...rateLimitTable[row].wait },
    tries: new RateLimiterMemory({ points: 1, duration: settingsOf(row, factor, isApart).duration }),
    gate: new RateLimiterMemory({ points: 1, duration: 1 }),
  }));
  let together: { client: object; limiters: Limiters; waits: Waits } | undefined;

  /** What counts for all nodes; null while nothing does. */
  function sharedOnes(): { limiters: Limiters; waits: Waits } | null {
    const client = shared?.client() ?? null;
    if (shared === null || client === null) return null;
    const { keyPrefix } = shared;
    if (together?.client !== client) {
      together = { client, limiters: limitersOn(client, keyPrefix), waits: waitsOn(client, keyPrefix) };
    }
    return together;
  }

  const limiterOf = (name: SharedLimitName): Limiter => sharedOnes()?.limiters[name] ?? own[name];

  function waitsOn(storeClient: object, keyPrefix: string): Waits {
    const on = { storeClient, rejectIfRedisNotReady: true, points: 1 };
    return waitsOf((row) => {
      const { points, duration } = settingsOf(row, factor, false);
      return {
        ...{ points, ...rateLimitTable[row].wait },
        tries: new RateLimiterRedis({ ...on, duration, keyPrefix: `${keyPrefix}:${row}` }),
        gate: new RateLimiterRedis({ ...on, duration: 1, keyPrefix: `${keyPrefix}:${row}:gate` }),
      };
    });
  }

  /** By all nodes together; where that fails, here alone. */
  async function takeWaiting(name: WaitName, key: string): Promise<number> {
    const counted = sharedOnes()?.waits[name];
    if (counted === undefined) return ownWaits[name].take(key);
    return counted.take(key).catch(() => ownWaits[name].take(key));
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
      if (isWaiting(name)) {
        const retryAfterMs = await takeWaiting(name, key);
        if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
        return;
      }
      try {
        await limiterOf(name).consume(key, points);
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new AppError('RATE_LIMITED', { retryAfterMs: refusal.msBeforeNext });
      }
    },
    takeHere(name, key) {
      let counted = windows.get(name);
      if (counted === undefined) {
        const { points, duration } = settingsOf(name, factor, false);
        counted = new Windows(points, duration * 1_000);
        windows.set(name, counted);
      }
      const retryAfterMs = counted.take(key, clock.now());
      if (retryAfterMs > 0) throw new AppError('RATE_LIMITED', { retryAfterMs });
    },
    giveBackHere(name, key) {
      windows.get(name)?.giveBack(key, clock.now());
    },
    async reset(name, key) {
      if (isWaiting(name)) {
        // A counter that is away keeps nobody out who knows the password.
        await sharedOnes()
          ?.waits[name].reset(key)
          .catch(() => {});
        await ownWaits[name].reset(key);
        return;
      }
      const limiter = limiterOf(name);
      await limiter.delete(key);
      // Both, or tries made while the nodes counted apart would outlive the right password.
      if (limiter !== own[name]) await own[name].delete(key);
    },
  };
}

type Limiter = Pick<RateLimiterMemory, 'consume' | 'delete'>;
type Limiters = Record<SharedLimitName, Limiter>;

type Waits = Record<WaitName, GrowingWaits>;

function isWaiting(name: RateLimitName): name is WaitName {
  return 'wait' in rateLimitTable[name];
}

function waitsOf(make: (name: WaitName) => ConstructorParameters<typeof GrowingWaits>[0]): Waits {
  const names = (Object.keys(rateLimitTable) as RateLimitName[]).filter(isWaiting);
  return Object.fromEntries(names.map((name) => [name, new GrowingWaits(make(name))])) as Waits;
}

function limitersOf<T extends Limiter>(make: (name: SharedLimitName) => T): Record<SharedLimitName, T> {
  const rows = Object.entries(rateLimitTable) as [RateLimitName, RateLimitRow][];
  const names = rows.filter(([, row]) => row.onEachNode === undefined).map(([name]) => name as SharedLimitName);
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<SharedLimitName, T>;
}

function settingsOf(name: RateLimitName, factor: number, apart: boolean): { points: number; duration: number } {
  const row: RateLimitRow = rateLimitTable[name];
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
