import { type Cluster, Redis } from 'ioredis';
import { dropping, findKind, joinCluster, subscribeShards } from '../bus/redis-kind.ts';

/** The connections of presence: one for commands, one for listening. Both settle by themselves when Redis comes and goes. */
export interface PresenceLinks {
  /** Undefined while commands could not go out. */
  readonly commands: Redis | Cluster | undefined;
  publish(text: string): Promise<unknown>;
  /** Looks whether listening still works, and begins anew if not. */
  check(): void;
  close(): void;
}

export interface PresenceLinksOptions {
  url: string;
  channel: string;
  heard(text: string): void;
  /** Commands go out again. */
  opened(): void;
  /** Commands do not go out any more. */
  closed(): void;
  /** Listening has begun, maybe once more. */
  listens(): void;
  /** Something went wrong; repeats while it lasts. */
  failed(error: Error): void;
}

/** A road for what is said on the channel. */
interface Road {
  commands: Redis | Cluster;
  publish(text: string): Promise<unknown>;
  check(): void;
  close(): void;
}

/** Connects, and finds out by itself whether it is a cluster. Goes on trying until it is closed. */
export function openPresenceLinks(options: PresenceLinksOptions): PresenceLinks {
  let road: Road | undefined;
  let isClosed = false;
  // Connections of its own: presence asks for whole lists, and must not keep the counters waiting.
  const leave = findKind({
    ...{ url: options.url, connectionName: 'nexo-presence', failed: options.failed },
    found(first, isCluster) {
      road = isCluster ? clusterRoad(first, options) : singleRoad(first, options);
    },
  });

  return {
    get commands() {
      return !isClosed && road?.commands.status === 'ready' ? road.commands : undefined;
    },
    publish: async (text) => road?.publish(text),
    check: () => road?.check(),
    close() {
      isClosed = true;
      road?.close();
      leave();
    },
  };
}

function singleRoad(commands: Redis, options: PresenceLinksOptions): Road {
  const { channel, heard, opened, closed, listens, failed } = options;
  const subscriber = new Redis(options.url, { ...dropping, connectionName: 'nexo-presence-in' });
  const subscribe = () => {
    subscriber.subscribe(channel).then(listens, (error: Error) => {
      failed(error);
      subscriber.disconnect(true);
    });
  };
  subscriber.on('error', failed);
  subscriber.on('message', (_channel: string, text: string) => heard(text));
  subscriber.on('ready', subscribe);
  commands.on('ready', opened);
  commands.on('close', closed);
  opened();
  return {
    commands,
    publish: (text) => commands.publish(channel, text),
    // One that is not answered is hung up on, and a new one begins.
    check: () => void subscriber.ping().catch(failed),
    close: () => subscriber.disconnect(),
  };
}

/** Sharded Pub/Sub, as the bus has it. */
function clusterRoad(first: Redis, options: PresenceLinksOptions): Road {
  const { channel, heard, opened, closed, listens, failed } = options;
  const cluster = joinCluster(first, { shardedSubscribers: true });
  let isRefused = false;
  cluster.on('error', failed);
  cluster.on('smessage', (_channel: string, text: string) => heard(text));
  cluster.on('ready', () => {
    subscribeShards(cluster, [channel]).then(listens, (error: Error) => {
      isRefused = true;
      failed(error);
    });
    opened();
  });
  cluster.on('close', closed);
  return {
    commands: cluster,
    publish: (text) => cluster.spublish(channel, text),
    // The client finds out only anew which servers have what was missing.
    check() {
      if (!isRefused || cluster.status !== 'ready') return;
      isRefused = false;
      cluster.disconnect(true);
    },
    close: () => cluster.disconnect(),
  };
}
