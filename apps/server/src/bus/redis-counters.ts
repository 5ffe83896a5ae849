import type { SharedCounters } from '@nexo/api';
import type { Cluster, Redis } from 'ioredis';
import { findKind, joinCluster } from './redis-kind.ts';

/** A command that is not answered by then has failed: a call waits for a counter at most so long, and counts by itself. */
const answerMaxMs = 100;
/** Whether Redis answers in time is found out this often, so that only few calls wait in vain. */
const lookEveryMs = 250;
const nothing = () => {};

export interface RedisCounters extends SharedCounters {
  close(): void;
}

/** A client for short questions: calls use it while it answers in time, and never wait for it to come back. */
export function openRedisCounters(url: string, namespace: string): RedisCounters {
  let client: Redis | Cluster | undefined;
  let answers = false;
  let looking = false;
  const leave = findKind({
    ...{ url, connectionName: 'nexo-counters', commandTimeout: answerMaxMs, failed: nothing },
    found(first, isCluster) {
      client = isCluster ? joinCluster(first, { commandTimeout: answerMaxMs }) : first;
      client.on('error', nothing);
    },
  });

  async function look(): Promise<void> {
    if (looking || client === undefined) return;
    looking = true;
    try {
      if (client.status === 'ready') await client.get(`nexo:${namespace}:beat`);
      answers = client.status === 'ready';
    } catch {
      // Also thrown at once, about a slot that no server of the cluster has.
      answers = false;
    }
    looking = false;
  }
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();

  return {
    keyPrefix: `nexo:${namespace}:limit`,
    client: () => (answers && client?.status === 'ready' ? client : null),
    close() {
      clearInterval(timer);
      client?.disconnect();
      leave();
    },
  };
}
