import type { PresenceReading, PresenceStore } from '@nexo/api';
import { createDb } from '@nexo/db';
import type { PresenceView } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, type LiveClient, liveClient, startTestServer, type TestServer, type TestUser } from '../gateway/harness.ts';

const timing = { presenceGraceMs: 400, presenceEveryMs: 50 };

/** What a client was told of one user, in order. */
function told({ items }: LiveClient, userId: string): PresenceView[] {
  return items.flatMap((item): PresenceView[] => {
    if (item.type !== 'presence' || item.userId !== userId) return [];
    const { type: _, ...view } = item;
    return [view];
  });
}
const statuses = (client: LiveClient, userId: string) => told(client, userId).map(({ status }) => status);
const absent = (userId: string): PresenceView => ({ userId, status: 'offline', platforms: [] });

/** A server that has been up for long enough to know who is absent. */
async function settledServer(more: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const server = await startTestServer({ ...more, timing: { ...timing, ...more.timing } });
  const probe = await server.user('probe');
  await eventually(async () => {
    expect((await probe.http.presence.get.query({ userIds: ['nobody'] })).items).toEqual([absent('nobody')]);
  });
  return server;
}

/** Somebody who watches these people. */
async function watcherOf(server: TestServer, name: string, ...userIds: string[]): Promise<LiveClient> {
  const client = await liveClient(server.url, (await server.user(name)).token);
  await client.trpc.presence.subscribe.mutate({ userIds });
  return client;
}

/** Everything that has happened so far has been told to this client, had it been for them: later signals have arrived. */
async function caughtUp(server: TestServer, client: LiveClient): Promise<void> {
  const { id, http } = await server.user(`marker${client.items.length}-${Date.now()}`);
  await client.trpc.conversations.openDirect.mutate({ userId: id });
  const { id: conversationId } = await http.conversations.openDirect.mutate({ userId: (await client.trpc.users.me.query()).id });
  await http.messages.typing.mutate({ conversationId, typing: true });
  await eventually(() => expect(client.items.some((item) => item.type === 'typing' && item.userId === id)).toBe(true));
}

describe('R2 coming is told at once, going after a while', () => {
  test('a watcher is told who comes, who only looks elsewhere, and after a while who went', async () => {
    await using server = await settledServer();
    const bob = await server.user('bob');
    await using watcher = await watcherOf(server, 'ann', 'bob');
    const since = Date.now();
    {
      await using phone = await liveClient(server.url, bob.token);
      await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
      await phone.trpc.presence.setAppState.mutate({ state: 'background' });
      await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'away']));
      expect(told(watcher, 'bob')[1]).toEqual({ userId: 'bob', status: 'away', platforms: ['server'] });
      await phone.trpc.presence.setAppState.mutate({ state: 'foreground' });
      await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'away', 'online']));
    }
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'away', 'online', 'offline']));
    const { lastSeenAt = 0 } = told(watcher, 'bob').at(-1) ?? {};
    expect(lastSeenAt).toBeGreaterThanOrEqual(since);
    expect(lastSeenAt).toBeLessThanOrEqual(Date.now() - timing.presenceGraceMs);
  });

  test('a storm of reconnections, pages that say that they are hidden as they go included, tells nobody anything', async () => {
    await using server = await settledServer({ timing: { presenceGraceMs: 3_000 } });
    const crowd: TestUser[] = [];
    for (let n = 0; n < 20; n++) crowd.push(await server.user(`user${n}`));
    await using watcher = await watcherOf(server, 'ann', ...crowd.map(({ id }) => id));
    const first = await Promise.all(crowd.map(({ token }) => liveClient(server.url, token)));
    await eventually(() => expect(watcher.items.filter(({ type }) => type === 'presence')).toHaveLength(crowd.length));
    watcher.items.length = 0;
    await Promise.all(first.map((client) => client.trpc.presence.setAppState.mutate({ state: 'background' })));
    for (const client of first) await client[Symbol.asyncDispose]();
    const again = await Promise.all(crowd.map(({ token }) => liveClient(server.url, token)));
    await caughtUp(server, watcher);
    expect(watcher.items.filter(({ type }) => type === 'presence')).toEqual([]);
    for (const client of again) await client[Symbol.asyncDispose]();
  });

  test('who changes often is told at most once in a while, as it is in the end', async () => {
    await using server = await settledServer({ timing: { presenceEveryMs: 500 } });
    const bob = await server.user('bob');
    await using watcher = await watcherOf(server, 'ann', 'bob');
    const sockets: LiveClient[] = [];
    // Each of another platform, so that each of them changes what is seen.
    for (const platform of ['ios', 'android', 'windows', 'macos', 'linux'] as const) {
      const { accessToken = '' } = await bob.http.auth.login.mutate({ userId: 'bob', password: server.password, platform });
      sockets.push(await liveClient(server.url, accessToken));
    }
    await eventually(() =>
      expect(told(watcher, 'bob').at(-1)?.platforms).toEqual(['android', 'ios', 'linux', 'macos', 'windows']),
    );
    const [one] = sockets;
    for (let n = 0; n < 20; n++) {
      await one?.trpc.presence.setAppState.mutate({ state: n % 2 === 0 ? 'background' : 'foreground' });
    }
    expect(statuses(watcher, 'bob').length).toBeLessThan(5);
    for (const socket of sockets) await socket[Symbol.asyncDispose]();
  });

  test('who signs out goes at once', async () => {
    await using server = await settledServer({ timing: { presenceGraceMs: 60_000 }, presence: memoryStore() });
    const bob = await server.user('bob');
    await using watcher = await watcherOf(server, 'ann', 'bob');
    await using _phone = await liveClient(server.url, bob.token);
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
    await bob.http.auth.logout.mutate();
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'offline']));
  });

  test('I20 who does not answer any more is offline though the socket still stands', async () => {
    await using server = await settledServer({ timing: { pingEveryMs: 1_000 } });
    const bob = await server.user('bob');
    await using watcher = await watcherOf(server, 'ann', 'bob');
    const mute = new WebSocket(`${server.url.replace('http', 'ws')}/trpc?connectionParams=1`, { autoPong: false });
    await new Promise((resolve) => mute.once('open', resolve));
    mute.send(JSON.stringify({ method: 'connectionParams', data: { token: bob.token } }));
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'offline']));
    expect(mute.readyState).toBe(WebSocket.OPEN);
    mute.pong();
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'offline', 'online']));
    mute.terminate();
  });
});

describe('R3 whom a connection is told of', () => {
  test('the last word counts: who is not named any more is not told', async () => {
    await using server = await settledServer();
    const [bob, cem] = [await server.user('bob'), await server.user('cem')];
    await using watcher = await watcherOf(server, 'ann', 'bob');
    const { items } = await watcher.trpc.presence.subscribe.mutate({ userIds: ['cem', 'cem'] });
    expect(items.map(({ userId }) => userId)).toEqual(['cem']);
    await using _bob = await liveClient(server.url, bob.token);
    await using _cem = await liveClient(server.url, cem.token);
    await eventually(() => expect(statuses(watcher, 'cem')).toEqual(['online']));
    expect(statuses(watcher, 'bob')).toEqual([]);
  });

  test('each socket has its own list, and who asks for nobody hears of nobody', async () => {
    await using server = await settledServer();
    const [ann, bob] = [await server.user('ann'), await server.user('bob')];
    await using one = await liveClient(server.url, ann.token);
    await using two = await liveClient(server.url, ann.token);
    await one.trpc.presence.subscribe.mutate({ userIds: ['bob'] });
    await two.trpc.presence.subscribe.mutate({ userIds: [] });
    await using _bob = await liveClient(server.url, bob.token);
    await eventually(() => expect(statuses(one, 'bob')).toEqual(['online']));
    expect(statuses(two, 'bob')).toEqual([]);
  });

  test('over HTTP it counts for the sockets of the session', async () => {
    await using server = await settledServer();
    const [ann, bob] = [await server.user('ann'), await server.user('bob')];
    await using watcher = await liveClient(server.url, ann.token);
    await ann.http.presence.subscribe.mutate({ userIds: ['bob'] });
    await using _bob = await liveClient(server.url, bob.token);
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
  });
});

describe('R9 a change of who may see it counts at once', () => {
  test('nobody: watchers see them vanish without a word of when, and hear nothing of them any more', async () => {
    await using server = await settledServer();
    const bob = await server.user('bob');
    await using watcher = await watcherOf(server, 'ann', 'bob', 'nonsense');
    await using phone = await liveClient(server.url, bob.token);
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
    await phone.trpc.users.update.mutate({ presenceVisibleTo: 'nobody' });
    await eventually(() => expect(told(watcher, 'bob').at(-1)).toEqual(absent('bob')));
    await phone[Symbol.asyncDispose]();
    await using _again = await liveClient(server.url, bob.token);
    await eventually(async () => {
      const { items } = await bob.http.presence.get.query({ userIds: ['bob'] });
      expect(items[0]?.status).toBe('online');
    });
    await caughtUp(server, watcher);
    expect(statuses(watcher, 'bob')).toEqual(['online', 'offline']);
    expect((await watcher.trpc.presence.subscribe.mutate({ userIds: ['bob'] })).items).toEqual([absent('bob')]);
    await bob.http.users.update.mutate({ presenceVisibleTo: 'everyone' });
    await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'offline', 'online']));
  });

  test('who hides stops seeing the others at once', async () => {
    await using server = await settledServer();
    const [bob, cem] = [await server.user('bob'), await server.user('cem')];
    await using _cem = await liveClient(server.url, cem.token);
    await using watcher = await liveClient(server.url, bob.token);
    const { items } = await watcher.trpc.presence.subscribe.mutate({ userIds: ['cem', 'bob'] });
    expect(items.map(({ status }) => status)).toEqual(['online', 'online']);
    await watcher.trpc.users.update.mutate({ presenceVisibleTo: 'nobody' });
    await eventually(() => expect(told(watcher, 'cem')).toEqual([absent('cem')]));
    expect(statuses(watcher, 'bob')).toEqual([]);
    await watcher.trpc.users.update.mutate({ presenceVisibleTo: 'everyone' });
    await eventually(() => expect(statuses(watcher, 'cem')).toEqual(['offline', 'online']));
  });

  test('contacts: only they go on seeing them, until they are none any more', async () => {
    await using server = await settledServer();
    const bob = await server.user('bob');
    await using ann = await watcherOf(server, 'ann', 'bob');
    await using cem = await watcherOf(server, 'cem', 'bob');
    await ann.trpc.contacts.request.mutate({ userId: 'bob' });
    await bob.http.contacts.respond.mutate({ userId: 'ann', accept: true });
    await using _phone = await liveClient(server.url, bob.token);
    for (const client of [ann, cem]) await eventually(() => expect(statuses(client, 'bob')).toEqual(['online']));
    await bob.http.users.update.mutate({ presenceVisibleTo: 'contacts' });
    await eventually(() => expect(told(cem, 'bob').at(-1)).toEqual(absent('bob')));
    await caughtUp(server, ann);
    expect(told(ann, 'bob').at(-1)?.status).toBe('online');
    await bob.http.contacts.remove.mutate({ userId: 'ann' });
    await eventually(() => expect(told(ann, 'bob').at(-1)).toEqual(absent('bob')));
  });

  test('a block hides each from the other at once, and its end shows them again', async () => {
    await using server = await settledServer();
    const [ann, bob] = [await server.user('ann'), await server.user('bob')];
    await using annHere = await liveClient(server.url, ann.token);
    await using bobHere = await liveClient(server.url, bob.token);
    await annHere.trpc.presence.subscribe.mutate({ userIds: ['bob'] });
    await bobHere.trpc.presence.subscribe.mutate({ userIds: ['ann'] });
    await ann.http.contacts.block.mutate({ userId: 'bob' });
    await eventually(() => expect(told(annHere, 'bob').at(-1)).toEqual(absent('bob')));
    await eventually(() => expect(told(bobHere, 'ann').at(-1)).toEqual(absent('ann')));
    await ann.http.contacts.unblock.mutate({ userId: 'bob' });
    await eventually(() => expect(told(annHere, 'bob').at(-1)?.status).toBe('online'));
    await eventually(() => expect(told(bobHere, 'ann').at(-1)?.status).toBe('online'));
  });
});

/** A store that is as well as it is told to be. */
function memoryStore(): PresenceStore & { others: PresenceReading['others']; tellAll(): void } {
  const held = new Map<string, PresenceReading['held'] extends ReadonlyMap<string, infer H> ? H : never>();
  const listeners = new Set<(change: readonly string[] | 'all') => void>();
  const store = {
    others: 'offline' as PresenceReading['others'],
    hold(userId: string, sessions: Parameters<PresenceStore['hold']>[1], lastSeenAt?: number) {
      held.set(userId, { sessions, ...(lastSeenAt !== undefined && { lastSeenAt }) });
      for (const listener of listeners) listener([userId]);
    },
    read: async () => ({ held: store.others === 'unknown' ? new Map() : held, others: store.others }),
    subscribe(listener: (change: readonly string[] | 'all') => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: async () => {},
    tellAll: () => {
      for (const listener of listeners) listener('all');
    },
  };
  return store;
}

test('R7 R8 while the store does not know, everybody is told unknown, also who may not look; nothing fails', async () => {
  const store = memoryStore();
  await using server = await settledServer({ presence: store });
  const [bob, cem] = [await server.user('bob'), await server.user('cem')];
  await cem.http.users.update.mutate({ presenceVisibleTo: 'nobody' });
  await using watcher = await watcherOf(server, 'ann', 'bob', 'cem');
  await using _bob = await liveClient(server.url, bob.token);
  await using _cem = await liveClient(server.url, cem.token);
  await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online']));
  expect(statuses(watcher, 'cem')).toEqual([]);
  store.others = 'unknown';
  store.tellAll();
  await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'unknown']));
  await eventually(() => expect(statuses(watcher, 'cem')).toEqual(['unknown']));
  const { items } = await watcher.trpc.presence.get.query({ userIds: ['bob', 'cem', 'nonsense'] });
  expect(items.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown']);
  store.others = 'offline';
  store.tellAll();
  await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'unknown', 'online']));
  await eventually(() => expect(statuses(watcher, 'cem')).toEqual(['unknown', 'offline']));
});

test('R10 when somebody was last seen is written in batches, and when the server stops', async () => {
  const server = await settledServer();
  const { sql } = server.services.db;
  const [bob, cem] = [await server.user('bob'), await server.user('cem')];
  await sql`update sessions set last_seen_at = now() - interval '1 hour'`;
  const seen = async (id: string) => {
    const rows = await sql<{ minutes: number }[]>`
      select (extract(epoch from now() - last_seen_at) / 60)::int as minutes from sessions where user_id = ${id}`;
    return rows[0]?.minutes;
  };
  await using watcher = await watcherOf(server, 'ann', 'bob');
  const phone = await liveClient(server.url, bob.token);
  await sql`update sessions set last_seen_at = now() - interval '1 hour'`;
  await phone[Symbol.asyncDispose]();
  await eventually(() => expect(statuses(watcher, 'bob')).toEqual(['online', 'offline']));
  expect(await seen('bob')).toBe(60);
  await server.gateway.noteLastSeen();
  expect(await seen('bob')).toBe(0);

  await using _other = await liveClient(server.url, cem.token);
  await sql`update sessions set last_seen_at = now() - interval '1 hour'`;
  const { database } = server;
  await server.close();
  const db = createDb({ url: database.url });
  const [row] = await db.sql`select last_seen_at > now() - interval '1 minute' as fresh from sessions where user_id = 'cem'`;
  expect(row).toEqual({ fresh: true });
  await db.close();
  await database[Symbol.asyncDispose]();
});

describe('typing', () => {
  test('R11 R14 membership is known from the stream: nothing is looked up, and who left neither says nor hears it', async () => {
    await using server = await startTestServer();
    const { sql } = server.services.db;
    const [ann, bob, cem] = [await server.user('ann'), await server.user('bob'), await server.user('cem')];
    const { id: conversationId } = await ann.http.groups.create.mutate({ name: 'Three', memberIds: ['bob', 'cem'] });
    await using annLive = await liveClient(server.url, ann.token);
    await using bobLive = await liveClient(server.url, bob.token);
    await using cemLive = await liveClient(server.url, cem.token);
    const say = (client: LiveClient) => client.trpc.messages.typing.mutate({ conversationId, typing: true });
    const heard = (client: LiveClient) => client.items.flatMap((item) => (item.type === 'typing' ? item.userId : []));
    await say(annLive);
    await eventually(() => expect(heard(cemLive)).toEqual(['ann']));
    await bobLive.trpc.groups.leave.mutate({ conversationId });
    await expect(say(bobLive)).rejects.toMatchObject({ data: { nexo: { code: 'FORBIDDEN' } } });
    // Whoever asked the database now would find nobody.
    await sql`delete from members where conversation_id = ${conversationId}`;
    await say(annLive);
    await say(cemLive);
    await eventually(() => expect(heard(annLive)).toEqual(['ann', 'ann', 'cem']));
    expect(heard(bobLive)).toEqual(['ann']);
  });
});
