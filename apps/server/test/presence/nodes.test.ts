import { LocalBus, LocalPresence } from '@nexo/api';
import { createTestDatabase } from '@nexo/db/testing';
import { startRedis } from '@nexo/lab/harness';
import { newId, type PresenceView } from '@nexo/shared';
import { expect, test } from 'vitest';
import { openPresenceLinks } from '../../src/presence/presence-links.ts';
import { RedisPresence } from '../../src/presence/redis-presence.ts';
import { eventually, httpClient, type LiveClient, liveClient, startTestServer } from '../gateway/harness.ts';

const graceMs = 800;
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function told({ items }: LiveClient, userId: string): PresenceView['status'][] {
  return items.flatMap((item) => (item.type === 'presence' && item.userId === userId ? item.status : []));
}

/** Two servers on one database, one Redis and one bus; the presence of each can be cut off as by a crash. */
async function twoServers() {
  const database = await createTestDatabase();
  const redisServer = await startRedis();
  const bus = new LocalBus(quiet);
  const start = async () => {
    let crash = () => {};
    const presence = new RedisPresence({
      ...{ url: redisServer.url, namespace: 'test', nodeId: newId(), clock: { now: () => Date.now() }, log: quiet },
      openLinks(options) {
        const links = openPresenceLinks(options);
        crash = () => links.close();
        return links;
      },
      ...{ beatEveryMs: 100, nodeMaxMs: 600, graceMs },
    });
    const timing = { presenceGraceMs: graceMs, presenceEveryMs: 50 };
    const server = await startTestServer({ database, presence, bus, timing });
    return { server, presence, crash };
  };
  const [a, b] = [await start(), await start()];
  return {
    a,
    b,
    redisServer,
    async [Symbol.asyncDispose]() {
      for (const { server } of [a, b]) await server.close();
      await redisServer[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test('R5 R6 a watcher on one server hears of people on the other, who may move, hide, and vanish with their server', async () => {
  await using world = await twoServers();
  const { a, b } = world;
  const [ann, bob, cem] = [await a.server.user('ann'), await a.server.user('bob'), await a.server.user('cem')];
  await using watcher = await liveClient(a.server.url, ann.token);
  await eventually(async () => {
    const { items } = await watcher.trpc.presence.subscribe.mutate({ userIds: ['bob', 'cem'] });
    expect(items.map(({ status }) => status)).toEqual(['offline', 'offline']);
  });
  const phone = await liveClient(b.server.url, bob.token);
  await using _cem = await liveClient(b.server.url, cem.token);
  await eventually(() => expect([told(watcher, 'bob'), told(watcher, 'cem')]).toEqual([['online'], ['online']]));

  // From one server to the other within the grace: not a word.
  await phone[Symbol.asyncDispose]();
  const again = await liveClient(a.server.url, bob.token);
  await eventually(async () => expect((await b.presence.read(['bob'])).held.get('bob')?.sessions).toHaveLength(1));

  await cem.http.users.update.mutate({ presenceVisibleTo: 'nobody' });
  await eventually(() => expect(told(watcher, 'cem')).toEqual(['online', 'offline']));
  await cem.http.users.update.mutate({ presenceVisibleTo: 'everyone' });
  await eventually(() => expect(told(watcher, 'cem')).toEqual(['online', 'offline', 'online']));
  expect(told(watcher, 'bob')).toEqual(['online']);

  // The server of Cem is as good as dead: it gives no sign of life any more.
  b.crash();
  await eventually(() => expect(told(watcher, 'cem')).toEqual(['online', 'offline', 'online', 'offline']));
  expect(told(watcher, 'bob')).toEqual(['online']);
  await again[Symbol.asyncDispose]();
});

test('R9 without a bus between them a change of who may see it reaches the watchers on another server all the same', async () => {
  await using database = await createTestDatabase();
  // Who is there they know together; of each other's messages they hear nothing.
  const presence = new LocalPresence({ clock: { now: () => Date.now() }, log: quiet, settleMs: 0 });
  const timing = { presenceGraceMs: graceMs, presenceEveryMs: 50 };
  await using a = await startTestServer({ database, presence, timing });
  await using b = await startTestServer({ database, presence, timing });
  const [ann, bob, cem] = [await a.user('ann'), await b.user('bob'), await b.user('cem')];
  await using _bob = await liveClient(b.url, bob.token);
  await using _cem = await liveClient(b.url, cem.token);
  await using watcher = await liveClient(a.url, ann.token);
  await eventually(async () => {
    const { items } = await watcher.trpc.presence.subscribe.mutate({ userIds: ['bob', 'cem'] });
    expect(items.map(({ status }) => status)).toEqual(['online', 'online']);
  });
  await bob.http.users.update.mutate({ presenceVisibleTo: 'nobody' });
  await eventually(() => expect(told(watcher, 'bob').at(-1)).toBe('offline'));
  expect(told(watcher, 'cem')).not.toContain('offline');
  await bob.http.users.update.mutate({ presenceVisibleTo: 'everyone' });
  await eventually(() => expect(told(watcher, 'bob').at(-1)).toBe('online'));

  // Who hides sees nobody any more, on whichever server they said so.
  await httpClient(b.url, ann.token).users.update.mutate({ presenceVisibleTo: 'nobody' });
  await eventually(() => expect(told(watcher, 'cem').at(-1)).toBe('offline'));
});

test('R7 Redis may go and come back empty: unknown in between, then as it is, and no call fails', async () => {
  await using world = await twoServers();
  const { a, b, redisServer } = world;
  const [ann, bob] = [await a.server.user('ann'), await a.server.user('bob')];
  await using watcher = await liveClient(a.server.url, ann.token);
  await using _bob = await liveClient(b.server.url, bob.token);
  await eventually(async () => {
    const { items } = await watcher.trpc.presence.subscribe.mutate({ userIds: ['bob'] });
    expect(items.map(({ status }) => status)).toEqual(['online']);
  });
  watcher.items.length = 0;
  await redisServer.kill();
  await eventually(() => expect(told(watcher, 'bob')).toEqual(['unknown']));
  const { items } = await watcher.trpc.presence.get.query({ userIds: ['bob', 'nobody'] });
  expect(items.map(({ status }) => status)).toEqual(['unknown', 'unknown']);
  await redisServer.start();
  await eventually(() => expect(told(watcher, 'bob').at(-1)).toBe('online'));
  expect(told(watcher, 'bob')).not.toContain('offline');
});
