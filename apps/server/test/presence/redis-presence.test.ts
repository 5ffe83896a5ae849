import type { HeldSession, PresenceChange, PresenceReading } from '@nexo/api';
import { presenceContract, sessionsOf } from '@nexo/api/testing';
import { type RedisProcess, startRedis } from '@nexo/lab/harness';
import { newId } from '@nexo/shared';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openPresenceLinks } from '../../src/presence/presence-links.ts';
import { RedisPresence } from '../../src/presence/redis-presence.ts';
import { eventually } from '../gateway/harness.ts';

let server: RedisProcess;
let cluster: RedisProcess;
beforeAll(async () => {
  [server, cluster] = await Promise.all([startRedis(), startRedis({ cluster: true })]);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});
beforeEach(async () => {
  const redis = new Redis(server.url);
  await redis.flushall();
  await redis.quit();
});

const web: HeldSession = { sessionId: 'b', platform: 'web', foreground: true };
const phone: HeldSession = { sessionId: 'a', platform: 'ios', foreground: false };
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

interface Node extends AsyncDisposable {
  store: RedisPresence;
  heard: PresenceChange[];
  /** Gone from one moment to the next. */
  crash(): void;
}

interface NodeOptions {
  beatEveryMs?: number;
  nodeMaxMs?: number;
  graceMs?: number;
  url?: string;
  namespace?: string;
}

async function startNode(options: NodeOptions = {}): Promise<Node> {
  let crash = () => {};
  const store = new RedisPresence({
    ...{ url: server.url, namespace: 'test', nodeId: newId(), clock: { now: () => Date.now() }, log: quiet },
    ...{ beatEveryMs: 50, nodeMaxMs: 400, graceMs: 300, ...options },
    openLinks(options) {
      const links = openPresenceLinks(options);
      crash = () => links.close();
      return links;
    },
  });
  const heard: PresenceChange[] = [];
  store.subscribe((change) => heard.push(change));
  await eventually(async () => expect((await store.read([])).others).toBe('offline'));
  return {
    ...{ store, heard, crash },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

/** Reads again and again until all are held again. Answers readings that called somebody offline who only had not been told again. */
async function missedUntilBack(store: RedisPresence, ...userIds: string[]): Promise<PresenceReading[]> {
  const missed: PresenceReading[] = [];
  await eventually(
    async () => {
      const reading = await store.read(userIds);
      const isBack = userIds.every((id) => reading.held.has(id));
      if (!isBack && reading.others === 'offline') missed.push(reading);
      expect(isBack).toBe(true);
    },
    { interval: 1 },
  );
  return missed;
}

async function pairOn(url: string) {
  const namespace = newId();
  const [a, b] = [await startNode({ url, namespace }), await startNode({ url, namespace })];
  return {
    a: a.store,
    b: b.store,
    async [Symbol.asyncDispose]() {
      await a[Symbol.asyncDispose]();
      await b[Symbol.asyncDispose]();
    },
  };
}
presenceContract('RedisPresence', () => pairOn(server.url));
presenceContract('RedisPresence on a cluster', () => pairOn(cluster.url));

test('a cluster that lacks the part of the channel is listened to once it is whole, and nothing ends over it', async () => {
  await using own = await startRedis({ cluster: true });
  const asking = new Redis(own.url);
  const channel = 'nexo:test:presence:changed';
  await asking.call('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  const slot = String(await asking.call('CLUSTER', 'KEYSLOT', channel));
  await asking.call('CLUSTER', 'DELSLOTS', slot);
  const failures: string[] = [];
  const heard: string[] = [];
  const links = openPresenceLinks({
    ...{ url: own.url, channel, opened() {}, closed() {}, listens() {} },
    heard: (text) => heard.push(text),
    failed: (error) => failures.push(error.message),
  });
  await eventually(() => expect(failures.join()).toContain('not every slot'));
  await expect(links.publish('into the void')).rejects.toThrow();
  await asking.call('CLUSTER', 'ADDSLOTS', slot);
  await eventually(async () => {
    links.check();
    await links.publish('hello').catch(() => {});
    expect(heard).toContain('hello');
  });
  links.close();
  asking.disconnect();
});

describe('presence of several nodes in Redis', () => {
  test('R5 sessions on different nodes are put together, and one node takes back only its own', async () => {
    await using a = await startNode();
    await using b = await startNode();
    a.store.hold('ann', [web]);
    b.store.hold('ann', [phone]);
    await eventually(async () => expect(await sessionsOf(a.store, 'ann')).toEqual([phone, web]));
    a.store.hold('ann', [], 1_000);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([phone]));
    b.store.hold('ann', [], 2_000);
    await eventually(async () =>
      expect((await a.store.read(['ann'])).held.get('ann')).toEqual({ sessions: [], lastSeenAt: 2_000 }),
    );
  });

  test('R6 I20 the people of a node that crashed go offline by themselves, and the others hear of it', async () => {
    await using a = await startNode();
    await using b = await startNode();
    a.store.hold('ann', [web]);
    a.store.hold('bob', [web]);
    b.store.hold('bob', [phone]);
    await eventually(async () => expect(await sessionsOf(b.store, 'bob')).toEqual([phone, web]));
    const admin = new Redis(server.url);
    await eventually(async () => expect(await admin.smembers('nexo:test:presence:nodes')).toHaveLength(2));
    await admin.quit();
    b.heard.length = 0;
    a.crash();
    await eventually(() => expect(b.heard).toContain('all'));
    const reading = await b.store.read(['ann', 'bob']);
    expect(reading.others).toBe('offline');
    expect(reading.held.get('ann')).toBeUndefined();
    expect(reading.held.get('bob')).toEqual({ sessions: [phone] });
  });

  test('R6 the people of a node that stops count for a moment still, so that nobody misses who moves', async () => {
    await using b = await startNode();
    const a = await startNode({ graceMs: 600 });
    a.store.hold('ann', [web]);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([web]));
    await a[Symbol.asyncDispose]();
    expect(await sessionsOf(b.store, 'ann')).toEqual([web]);
    b.store.hold('ann', [{ ...phone, foreground: true }]);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([{ ...phone, foreground: true }]));
  });

  test('R5 systems of other names on the same Redis neither see nor hear each other', async () => {
    await using a = await startNode({ namespace: 'one' });
    await using b = await startNode({ namespace: 'two' });
    a.store.hold('ann', [web]);
    b.store.hold('bob', [web]);
    const heardOf = ({ heard }: Node) => heard.filter((change) => change !== 'all');
    await eventually(() => expect([heardOf(a), heardOf(b)]).toEqual([[['ann']], [['bob']]]));
    expect((await b.store.read(['ann'])).held.size).toBe(0);
  });

  test('R7 without Redis everybody is unknown, nothing throws and nothing waits; an empty one is told everything again', async () => {
    await using a = await startNode();
    await using b = await startNode();
    a.store.hold('ann', [web]);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([web]));
    b.heard.length = 0;
    await server.kill();
    try {
      await eventually(() => expect(b.heard).toContain('all'));
      expect(await b.store.read(['ann'])).toEqual({ held: new Map(), others: 'unknown' });
      a.store.hold('ann', [phone]);
      b.store.hold('bob', [web]);
    } finally {
      await server.start();
    }
    expect(await missedUntilBack(b.store, 'ann', 'bob')).toEqual([]);
    expect(await sessionsOf(b.store, 'ann')).toEqual([phone]);
    expect(await sessionsOf(a.store, 'bob')).toEqual([web]);
    await eventually(async () => expect((await b.store.read(['nobody'])).others).toBe('offline'));
  });

  test('R7 a Redis that was flushed is told everything again, and nobody is called offline meanwhile', async () => {
    await using a = await startNode();
    await using b = await startNode();
    a.store.hold('ann', [web]);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([web]));
    const admin = new Redis(server.url);
    await admin.flushall();
    expect(await missedUntilBack(b.store, 'ann')).toEqual([]);
    expect(await sessionsOf(b.store, 'ann')).toEqual([web]);
    await admin.quit();
  });

  test('R7 what a full Redis has thrown away is told again, and the others hear of it', async () => {
    await using a = await startNode();
    await using b = await startNode();
    a.store.hold('ann', [web]);
    await eventually(async () => expect(await sessionsOf(b.store, 'ann')).toEqual([web]));
    b.heard.length = 0;
    const admin = new Redis(server.url);
    await admin.del('nexo:test:presence:user:ann');
    await eventually(() => expect(b.heard).toContainEqual(['ann']));
    expect(await sessionsOf(b.store, 'ann')).toEqual([web]);
    b.heard.length = 0;
    // Told again once more, with nothing new: nobody is bothered.
    const key = 'nexo:test:presence:user:ann';
    const before = await admin.hvals(key);
    await eventually(async () => expect(await admin.hvals(key)).not.toEqual(before));
    expect(b.heard).toEqual([]);
    await admin.quit();
  });

  test('R6 whoever reads takes nothing away from a node that may only be late', async () => {
    await using a = await startNode();
    const admin = new Redis(server.url);
    const key = 'nexo:test:presence:user:ann';
    await admin.hset(key, { 'late one': `web foreground ${Date.now()}`, 'old one': `web foreground ${Date.now() - 7_200_000}` });
    expect(await sessionsOf(a.store, 'ann')).toEqual([]);
    await eventually(async () => expect(await admin.hkeys(key)).toEqual(['late one']));
    await admin.quit();
  });

  test('R7 a Redis that hangs makes everybody unknown, costs one short wait, and is believed again when it answers', async () => {
    await using a = await startNode({ nodeMaxMs: 60_000 });
    a.store.hold('ann', [web]);
    await eventually(async () => expect(await sessionsOf(a.store, 'ann')).toEqual([web]));
    a.heard.length = 0;
    server.pause();
    try {
      expect((await a.store.read(['ann'])).others).toBe('unknown');
      expect(a.heard).toContain('all');
      // From now on nobody waits: the answer is there before any timer could run.
      const first = await Promise.race([a.store.read(['ann']), new Promise((resolve) => setTimeout(resolve, 0, 'waited'))]);
      expect(first).toEqual({ held: new Map(), others: 'unknown' });
      for (let n = 0; n < 10; n++) a.store.hold('bob', n % 2 === 0 ? [web] : [phone]);
    } finally {
      server.resume();
    }
    await eventually(async () => expect(await sessionsOf(a.store, 'ann')).toEqual([web]));
    await eventually(async () => expect(await sessionsOf(a.store, 'bob')).toEqual([phone]));
  });
});
