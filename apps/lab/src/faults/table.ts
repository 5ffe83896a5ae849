import type { Fault } from './fault.ts';
import {
  crashAt,
  nodeKill,
  nodeStop,
  nodeTerm,
  postgresFreeze,
  postgresImmediate,
  postgresKillBackend,
  redisKill,
  redisPause,
  redisRestartEmpty,
  restoreBackup,
} from './process-faults.ts';
import {
  clientClock,
  clientLatency,
  cutAll,
  halfOpen,
  halfOpenPostgres,
  halfOpenRedis,
  partitionPostgres,
  partitionPostgresAnswers,
  partitionRedis,
  partitionRedisAnswers,
  redisSlow,
  reset,
  slowConsumer,
} from './road-faults.ts';

/** Every fault by the name that `--faults` knows. */
export const faults = {
  'node-kill': nodeKill,
  'node-term': nodeTerm,
  'node-stop': nodeStop,
  'crash-before-commit': crashAt('before-commit', 'A node dies when it is about to commit a batch: nothing of it may be there.'),
  'crash-before-publish': crashAt(
    'before-publish',
    'A node dies after a commit of which it never hears: nobody was told or answered.',
  ),
  'crash-before-ack': crashAt(
    'before-ack',
    'A node dies after it has told the other nodes, and before any of its clients hears of it.',
  ),
  'postgres-immediate': postgresImmediate,
  'postgres-kill-backend': postgresKillBackend,
  'postgres-freeze': postgresFreeze,
  'restore-backup': restoreBackup,
  'partition-postgres': partitionPostgres,
  'partition-postgres-answers': partitionPostgresAnswers,
  'half-open-postgres': halfOpenPostgres,
  'redis-kill': redisKill,
  'redis-restart-empty': redisRestartEmpty,
  'redis-pause': redisPause,
  'redis-slow': redisSlow,
  'partition-redis': partitionRedis,
  'partition-redis-answers': partitionRedisAnswers,
  'half-open-redis': halfOpenRedis,
  'client-latency': clientLatency,
  'half-open': halfOpen,
  reset,
  'cut-all': cutAll,
  'slow-consumer': slowConsumer,
  'client-clock': clientClock,
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;

export const faultNames = Object.keys(faults) as FaultName[];

/** Those of which any number may strike in one trial: what is lost by a restored backup was acknowledged, and is lost all the same. */
export const combinableFaults = faultNames.filter((name) => name !== 'restore-backup');
