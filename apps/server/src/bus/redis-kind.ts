import { Cluster, Redis, type RedisOptions } from 'ioredis';

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

interface FindKindOptions {
  url: string;
  connectionName: string;
  commandTimeout?: number;
  /** Something went wrong with the connection; repeats while it lasts. */
  failed(error: Error): void;
  /** Called once, with the connection and what it leads to. For a cluster see {@link joinCluster}. */
  found(first: Redis, isCluster: boolean): void;
}

/** Connects and finds out whether it is one Redis or a cluster. Tries until it knows, or until the returned function is called. */
export function findKind({ url, connectionName, commandTimeout, failed, found }: FindKindOptions): () => void {
  let isOver = false;
  const timeout = commandTimeout === undefined ? {} : { commandTimeout };
  const first = new Redis(url, { ...dropping, ...timeout, connectionName });
  first.on('error', failed);
  first.on('ready', () => {
    if (isOver) return;
    isCluster(first).then(
      (cluster) => {
        if (isOver) return;
        isOver = true;
        found(first, cluster);
      },
      (error: Error) => {
        failed(error);
        // Once more with a new connection.
        if (!isOver) first.disconnect(true);
      },
    );
  });
  return () => {
    isOver = true;
    first.disconnect();
  };
}

/** Whether the server that this client is connected to belongs to a cluster. */
async function isCluster(redis: Redis): Promise<boolean> {
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

const slotsOfCluster = 16_384;

/**
 * Sharded SUBSCRIBE of channels in any slots; the client follows the slots by itself from then on. Rejects when a slot has no server:
 * the client would throw about it in the middle of its own work, where nobody can catch it, and the process would end.
 */
export async function subscribeShards(cluster: Cluster, channels: readonly string[]): Promise<void> {
  if (!(await isWhole(cluster))) throw new Error('not every slot of the cluster has a server');
  // One by one: channels of one command would have to share a slot.
  await Promise.all(channels.map(async (channel) => cluster.ssubscribe(channel)));
}

/** Whether every slot has a server; also true when we may not ask. */
async function isWhole(cluster: Cluster): Promise<boolean> {
  const info = await cluster.cluster('INFO').catch(() => '');
  const assigned = /^cluster_slots_assigned:(\d+)/m.exec(String(info))?.[1];
  return assigned === undefined || Number(assigned) === slotsOfCluster;
}
