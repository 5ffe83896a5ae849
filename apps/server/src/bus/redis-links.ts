import { Redis } from 'ioredis';
import { dropping, findKind, joinCluster, subscribeShards } from './redis-kind.ts';

/** The connections of a bus: one road out, one road in. On a cluster each is as many sockets as there are masters. */
export interface RedisLinks {
  /** Both roads are there. */
  readonly open: boolean;
  /** Hands payloads to their channels, in this order and as one write; dropped when they cannot leave now. */
  publish(frames: readonly ChannelFrame[]): void;
  close(): void;
}

export interface ChannelFrame {
  channel: string;
  payload: string;
}

export interface RedisLinksOptions {
  url: string;
  channels: readonly string[];
  heard(payload: Buffer): void;
  /** `open` has changed. */
  changed(): void;
  /** Something went wrong; for the log. Repeats while it lasts. */
  failed(error: Error): void;
}

const nothing = () => {};

/** Connects, and finds out by itself whether it is a cluster. Goes on trying until it is closed. */
export function openRedisLinks(options: RedisLinksOptions): RedisLinks {
  let current: RedisLinks | undefined;
  const leave = findKind({
    ...{ url: options.url, connectionName: 'nexo-bus-out', failed: options.failed },
    found(first, isCluster) {
      current = isCluster ? clusterLinks(first, options) : singleLinks(first, options);
    },
  });
  return {
    get open() {
      return current?.open ?? false;
    },
    publish: (frames) => current?.publish(frames),
    close() {
      current?.close();
      leave();
    },
  };
}

/** Plain Pub/Sub on a connection of its own, since a subscribed one can do nothing else. */
function singleLinks(out: Redis, options: RedisLinksOptions): RedisLinks {
  const { channels, heard, changed, failed } = options;
  let isSubscribed = false;
  const subscriber = new Redis(options.url, { ...dropping, connectionName: 'nexo-bus-in' });
  subscriber.on('error', failed);
  subscriber.on('messageBuffer', (_channel: Buffer, payload: Buffer) => heard(payload));
  subscriber.on('ready', () => {
    subscriber.subscribe(...channels).then(
      () => {
        isSubscribed = true;
        changed();
      },
      (error: Error) => {
        failed(error);
        subscriber.disconnect(true);
      },
    );
  });
  subscriber.on('close', () => {
    isSubscribed = false;
    changed();
  });
  out.on('ready', changed);
  out.on('close', changed);
  return {
    get open() {
      return isSubscribed && out.status === 'ready';
    },
    publish(frames) {
      if (out.status !== 'ready') return;
      const pipeline = out.pipeline();
      for (const { channel, payload } of frames) pipeline.publish(channel, payload);
      pipeline.exec().catch(nothing);
    },
    close: () => subscriber.disconnect(),
  };
}

/** Sharded Pub/Sub: a message stays on the shard of its channel, where the classic kind would go to every node of the cluster. */
function clusterLinks(first: Redis, options: RedisLinksOptions): RedisLinks {
  const { channels, heard, changed, failed } = options;
  const cluster = joinCluster(first, { shardedSubscribers: true });
  let isSubscribed = false;
  cluster.on('error', failed);
  cluster.on('smessageBuffer', (_channel: Buffer, payload: Buffer) => heard(payload));
  cluster.on('ready', () => {
    subscribeShards(cluster, channels).then(() => {
      isSubscribed = true;
      changed();
    }, failed);
  });
  cluster.on('close', () => {
    isSubscribed = false;
    changed();
  });

  return {
    get open() {
      return isSubscribed && cluster.status === 'ready';
    },
    publish(frames) {
      if (cluster.status !== 'ready') return;
      const say = async ({ channel, payload }: ChannelFrame) => cluster.spublish(channel, payload);
      for (const frame of frames) say(frame).catch(nothing);
    },
    close: () => cluster.disconnect(),
  };
}
