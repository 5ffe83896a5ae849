import { Cluster, type Redis, type RedisOptions } from 'ioredis';

const retryFirstMs = 50;
const retryMaxMs = 1_000;
const connectMaxMs = 3_000;
/** A command that is not answered for so long: the other side is gone without a word, and a new connection is made. */
const silentMaxMs = 5_000;

/** A command that cannot go out now is forgotten: nothing queues up while Redis is away, and nothing is sent again. */
export const dropping = {
  connectTimeout: connectMaxMs,
  socketTimeout: silentMaxMs,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (attempt: number) => Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(attempt, 10)),
} satisfies RedisOptions;

/** Whether the server that this client is connected to belongs to a cluster. */
export async function isCluster(redis: Redis): Promise<boolean> {
  const info = await redis.info('cluster').catch((error: Error) => {
    // Who may not ask is on a Redis of somebody else's, which takes the plain kind.
    if (error.message.startsWith('NOPERM')) return '';
    throw error;
  });
  return /^cluster_enabled:1/m.test(info);
}

/** Leaves the one server for a client of its whole cluster. */
export function joinCluster(first: Redis, more: { commandTimeout?: number; shardedSubscribers?: boolean } = {}): Cluster {
  const { host = '127.0.0.1', port = 6379, username, password, tls } = first.options;
  const { commandTimeout, shardedSubscribers = false } = more;
  first.disconnect();
  return new Cluster([{ host, port }], {
    enableOfflineQueue: false,
    // What is asked in one turn leaves as one write to each server.
    enableAutoPipelining: true,
    shardedSubscribers,
    clusterRetryStrategy: dropping.retryStrategy,
    retryDelayOnFailover: 0,
    redisOptions: {
      connectTimeout: connectMaxMs,
      socketTimeout: silentMaxMs,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      ...(commandTimeout === undefined ? {} : { commandTimeout }),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
    },
  });
}
