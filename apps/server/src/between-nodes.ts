import { type Bus, type Clock, LocalBus, LocalPresence, type Log, type PresenceStore, type SharedCounters } from '@nexo/api';
import { RedisBus, type RedisBusTiming } from './bus/redis-bus.ts';
import { openRedisCounters } from './bus/redis-counters.ts';
import { RedisPresence } from './presence/redis-presence.ts';

export interface BetweenNodesOptions {
  redisUrl: string | null;
  /** Keeps several systems on one Redis apart. */
  namespace: string;
  /** There are other nodes. */
  isOneOfSeveral: boolean;
  /** Take the place of what would be opened. */
  bus: Bus | undefined;
  presence: PresenceStore | undefined;
  presenceGraceMs: number;
  busTiming: RedisBusTiming | undefined;
  clock: Clock;
  newId(): string;
  log: Log;
}

/** What the nodes of one system have in common beside the database: by Redis, or each for itself. */
export interface BetweenNodes {
  bus: Bus;
  presence: PresenceStore;
  /** Null: each node counts by itself. */
  counters: SharedCounters | null;
  /** Waits a moment for a Redis that is to carry, and says so when it does not. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** How long a start waits for Redis before it goes on without. */
const redisMaxMs = 1_500;

/** Opens it. Redis may be away, now and later; what was given is used, and nothing is opened beside it. */
export function openBetweenNodes(options: BetweenNodesOptions): BetweenNodes {
  const { redisUrl: url, namespace, clock, log } = options;
  const timing = options.busTiming === undefined ? {} : { timing: options.busTiming };
  const redisBus = url === null || options.bus !== undefined ? null : new RedisBus({ url, namespace, log, ...timing });
  const bus = options.bus ?? redisBus ?? new LocalBus(log);
  const counters = url === null ? null : openRedisCounters(url, namespace);
  const presence = options.presence ?? openPresence(options);
  return {
    ...{ bus, presence, counters },
    async settle() {
      if (redisBus === null || (await redisBus.whenCarries(redisMaxMs))) return;
      const reason = redisBus.failure || 'no answer';
      log.warn({ reason }, 'Redis cannot be used: until it can, the nodes find each other’s changes in the database');
    },
    async close() {
      await bus.close();
      counters?.close();
      await presence.close();
    },
  };

  function openPresence({ presenceGraceMs: graceMs, isOneOfSeveral, newId }: BetweenNodesOptions): PresenceStore {
    if (url === null) return new LocalPresence({ clock, log, settleMs: graceMs, isOneOfSeveral });
    return new RedisPresence({ url, namespace, nodeId: newId(), clock, log, graceMs });
  }
}
