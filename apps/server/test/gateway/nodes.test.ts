import { LocalBus, LocalPresence } from '@nexo/api';
import { type RedisProcess, startFaultProxy, startRedis } from '@nexo/lab/harness';
import type { StreamItem } from '@nexo/shared';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { pruneDoorbells } from '../../src/jobs/prune-doorbells.ts';
import {
  aMessage,
  eventually,
  httpClient,
  liveClient,
  rawSocket,
  startTestServer,
  subscribeToEvents,
  textOf,
  twoNodes,
} from './harness.ts';

let redis: RedisProcess;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.[Symbol.asyncDispose]());

describe.each([
  { road: 'the database alone', options: () => ({}) },
  { road: 'Redis', options: () => ({ redisUrl: redis.url }) },
  // The tail comes so rarely that whatever arrives came by the bus.
  { road: 'nothing but Redis', options: () => ({ redisUrl: redis.url, timing: { tailEveryMs: 3_600_000 } }) },
])('G18 another node’s changes arrive: by $road', ({ options }) => {
  it('messages in order, within about a second', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await using b = await liveClient(nodes.there.url, ben.token);
    for (let i = 1; i <= 50; i++) await ann.http.messages.send.mutate(aMessage(chat.id, String(i)));
    const startedAt = performance.now();
    await ann.http.messages.send.mutate(aMessage(chat.id, 'last'));
    await eventually(() => expect(textOf(b.items).at(-1)).toBe('last'), { interval: 10 });
    // Generous to a busy machine; by itself it is a quarter of a second and a bit.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(textOf(b.items)).toEqual([...Array.from({ length: 50 }, (_, i) => String(i + 1)), 'last']);
  });

  it('what both nodes write into one conversation, on both in the same order', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await using a = await liveClient(nodes.here.url, ann.token);
    await using b = await liveClient(nodes.there.url, ben.token);
    const count = 60;
    await Promise.all(
      [a, b].map(async (client, at) => {
        for (let i = 0; i < count; i++) await client.trpc.messages.send.mutate(aMessage(chat.id, `${at}:${i}`));
      }),
    );
    await eventually(() => {
      expect(textOf(a.items)).toHaveLength(2 * count);
      expect(textOf(b.items)).toHaveLength(2 * count);
    });
    expect(textOf(a.items)).toEqual(textOf(b.items));
  });

  it('being let into a conversation, and leaving it', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    await using b = await liveClient(nodes.there.url, ben.token);
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await eventually(() => expect(b.items.some((item) => item.type === 'resync' || item.type === 'me.joined')).toBe(true));
    await ann.http.messages.send.mutate(aMessage(chat.id, 'welcome'));
    await eventually(() => expect(textOf(b.items)).toEqual(['welcome']));
    const heard = b.items.length;
    await httpClient(nodes.here.url, ben.token).groups.leave.mutate({ conversationId: chat.id });
    await ann.http.messages.send.mutate(aMessage(chat.id, 'gone'));
    const welcome = b.items.find((item) => item.type === 'message.sent');
    const said = welcome?.type === 'message.sent' ? welcome.change : 0;
    // Told of it in its order, or, where the node read it from the database, how far to ask, or to ask for everything.
    const isTold = (item: StreamItem) =>
      item.type === 'member.left' ||
      item.type === 'resync' ||
      (item.type === 'positions' && item.conversations.some(({ id, change }) => id === chat.id && change > said));
    await eventually(() => expect(b.items.slice(heard).some(isTold)).toBe(true));
    await using marker = await liveClient(nodes.there.url, ann.token);
    await ann.http.messages.send.mutate(aMessage(chat.id, 'marker'));
    await eventually(() => expect(textOf(marker.items)).toContain('marker'));
    expect(textOf(b.items)).toEqual(['welcome']);
  });

  it('the end of a session, also of one that does not listen', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    await using listening = await rawSocket(nodes.there.url, { token: ann.token });
    listening.send(subscribeToEvents(1));
    await eventually(() => expect(listening.frames).toHaveLength(1));
    await ann.http.auth.logout.mutate();
    expect(await listening.closed).toBe(4003);
    const { accessToken = '' } = await httpClient(nodes.here.url).auth.login.mutate({
      userId: 'ann',
      password: 'correct horse battery',
      platform: 'server',
    });
    await using silent = await rawSocket(nodes.there.url, { token: accessToken });
    silent.send({ id: 1, method: 'query', params: { path: 'users.me' } });
    await eventually(() => expect(silent.frames).toHaveLength(1));
    await httpClient(nodes.here.url, accessToken).auth.logout.mutate();
    expect(await silent.closed).toBe(4003);
  });

  it('the end of a session by another login, with that reason', async () => {
    await using nodes = await twoNodes({ ...options(), settings: { multiLogin: 'samePlatform' } });
    await nodes.here.user('ann');
    const login = () =>
      httpClient(nodes.here.url).auth.login.mutate({ userId: 'ann', password: nodes.here.password, platform: 'ios' });
    const { accessToken: token = '' } = await login();
    await using listening = await rawSocket(nodes.there.url, { token });
    listening.send(subscribeToEvents(1));
    await eventually(() => expect(listening.frames).toHaveLength(1));
    await login();
    expect(await listening.closed).toBe(4004);
  });

  it('a read position', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    const { message } = await ann.http.messages.send.mutate(aMessage(chat.id, 'read me'));
    await using a = await liveClient(nodes.there.url, ann.token);
    await ben.http.conversations.markRead.mutate({ conversationId: chat.id, seq: message.seq });
    const reads = () => a.items.filter((item) => item.type === 'conversation.read');
    await eventually(() => expect(reads()).toHaveLength(1));
    expect(reads()).toEqual([{ type: 'conversation.read', conversationId: chat.id, userId: 'ben', readSeq: message.seq }]);
  });

  it('C35 a read position, but not for who hides their own, whichever node they changed that on', async () => {
    await using nodes = await twoNodes(options());
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await using a = await liveClient(nodes.there.url, ann.token);
    // Where no bus carries it, the node reads everything of hers anew.
    const isHeard = ({ type }: { type: string }) => type === 'me.profile' || type === 'resync';
    const hide = async (isHidden: boolean) => {
      const before = a.items.length;
      await ann.http.users.update.mutate({ readReceipts: !isHidden });
      await eventually(() => expect(a.items.slice(before).some(isHeard)).toBe(true));
    };
    await hide(true);
    // Who hides it from the beginning.
    await using later = await liveClient(nodes.there.url, ann.token);
    const readAll = async (words: string) => {
      const { message } = await ann.http.messages.send.mutate(aMessage(chat.id, words));
      await ben.http.conversations.markRead.mutate({ conversationId: chat.id, seq: message.seq });
      return message.seq;
    };
    const untold = await readAll('not to be told');
    // Read positions of what is missing wait for it, and whoever shows theirs by then is told.
    for (const { items } of [a, later]) {
      await eventually(() =>
        expect(items.some((item) => item.type === 'message.sent' && item.message.seq === untold)).toBe(true),
      );
    }
    await hide(false);
    const seq = await readAll('to be told');
    for (const { items } of [a, later]) {
      const reads = () => items.flatMap((item) => (item.type === 'conversation.read' ? [item.readSeq] : []));
      await eventually(() => expect(reads()).toEqual([seq]));
    }
  });
});

describe('G18 another node’s changes arrive, surely', () => {
  it('a change whose transaction began early and committed late', async () => {
    await using server = await startTestServer({ timing: { tailEveryMs: 20, graceMs: 0 } });
    const ann = await server.user('ann');
    const early = await ann.http.groups.create.mutate({ name: 'early', memberIds: [] });
    const late = await ann.http.groups.create.mutate({ name: 'late', memberIds: [] });
    await using client = await liveClient(server.url, ann.token);
    const { sql } = server.database.db;
    const notice = async (run: typeof sql, id: string) => {
      await run`update heads set change = change + 1 where conversation_id = ${id}`;
      await run`
        insert into doorbells (heads) select jsonb_build_object('users', '[]'::jsonb, 'conversations',
          jsonb_build_array(jsonb_build_object('id', conversation_id, 'from', change, 'to', change)))
        from heads where conversation_id = ${id}`;
    };
    const positionsOf = (id: string) =>
      client.items.flatMap((item) =>
        item.type === 'positions' && item.conversations[0]?.id === id ? [item.conversations[0]] : [],
      );
    await sql.begin(async (slow) => {
      // Takes its transaction id and its doorbell's number now …
      await notice(slow as unknown as typeof sql, early.id);
      // … while a later transaction commits and is read by the tail.
      await sql.begin((fast) => notice(fast as unknown as typeof sql, late.id));
      await eventually(() => expect(positionsOf(late.id)).toHaveLength(1));
      expect(positionsOf(early.id)).toHaveLength(0);
    });
    await eventually(() => expect(positionsOf(early.id)).toHaveLength(1));
  });

  it('everything, after the connection to the database was cut', async () => {
    await using nodes = await twoNodes();
    const ann = await nodes.here.user('ann');
    const chat = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    await using a = await liveClient(nodes.there.url, ann.token);
    const { sql } = nodes.here.database.db;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    await eventually(() => ann.http.messages.send.mutate(aMessage(chat.id, 'after the cut')));
    await eventually(() => expect(textOf(a.items)).toContain('after the cut'));
  });

  it('and old doorbells are removed', async () => {
    await using server = await startTestServer();
    const ann = await server.user('ann');
    await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    const { sql } = server.database.db;
    const count = async () => (await sql<{ count: number }[]>`select count(*) as count from doorbells`)[0]?.count;
    expect(await count()).toBeGreaterThan(0);
    await pruneDoorbells(sql, 60_000);
    expect(await count()).toBeGreaterThan(0);
    await pruneDoorbells(sql, 0);
    expect(await count()).toBe(0);
  });
});

describe('with Redis between the nodes', () => {
  it('a read position that Redis brought is not told again out of the database', async () => {
    await using nodes = await twoNodes({ redisUrl: redis.url, timing: { tailEveryMs: 20, graceMs: 0 } });
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    const other = await ann.http.groups.create.mutate({ name: 'other', memberIds: [] });
    const { message } = await ann.http.messages.send.mutate(aMessage(chat.id, 'read me'));
    await using a = await liveClient(nodes.there.url, ann.token);
    await ben.http.conversations.markRead.mutate({ conversationId: chat.id, seq: message.seq });
    // Only the database tells of this one, so by the time it is known the doorbell of the reading has been met too.
    const { sql } = nodes.here.database.db;
    const [head] = await sql<{ change: number }[]>`
      update heads set change = change + 1 where conversation_id = ${other.id} returning change`;
    const moved = { id: other.id, from: head?.change, to: head?.change };
    await sql`insert into doorbells (heads) values (${JSON.stringify({ users: [], conversations: [moved] })}::text::jsonb)`;
    const told = () => a.items.flatMap((item) => (item.type === 'positions' ? item.conversations.map(({ id }) => id) : []));
    await eventually(() => expect(told()).toContain(other.id));
    expect(a.items.filter((item) => item.type === 'conversation.read')).toHaveLength(1);
  });

  it('what is typed on one is seen on the other', async () => {
    await using nodes = await twoNodes({ redisUrl: redis.url });
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await using b = await liveClient(nodes.there.url, ben.token);
    await ann.http.messages.typing.mutate({ conversationId: chat.id, typing: true });
    await eventually(() => expect(b.items.map((item) => item.type)).toContain('typing'));
  });

  it('what Redis lost while it was away is found in the database, and the nodes are told when it is back', async () => {
    await using own = await startRedis();
    await using nodes = await twoNodes({ redisUrl: own.url });
    const ann = await nodes.here.user('ann');
    const ben = await nodes.here.user('ben');
    const chat = await ann.http.groups.create.mutate({ name: 'both', memberIds: ['ben'] });
    await using b = await liveClient(nodes.there.url, ben.token);
    const carry = (want: boolean) =>
      eventually(() => expect([nodes.here, nodes.there].map((node) => node.services.bus.carries)).toEqual([want, want]));
    await carry(true);
    for (const round of ['killed', 'standing still']) {
      if (round === 'killed') await own.kill();
      else own.pause();
      await ann.http.messages.send.mutate(aMessage(chat.id, `${round}: before anybody noticed`));
      await carry(false);
      await ann.http.messages.send.mutate(aMessage(chat.id, `${round}: meanwhile`));
      await eventually(() => expect(textOf(b.items)).toContain(`${round}: meanwhile`));
      if (round === 'killed') await own.start();
      else own.resume();
      await carry(true);
      await ann.http.messages.send.mutate(aMessage(chat.id, `${round}: after`));
      await eventually(() => expect(textOf(b.items)).toContain(`${round}: after`));
    }
    const rounds = ['killed', 'standing still'].flatMap((round) =>
      ['before anybody noticed', 'meanwhile', 'after'].map((when) => `${round}: ${when}`),
    );
    expect(textOf(b.items)).toEqual(rounds);
    expect(b.closes).toEqual([]);
  });

  it('a session that ended while Redis was away is ended on every node', async () => {
    await using own = await startRedis();
    await using nodes = await twoNodes({ redisUrl: own.url });
    const ann = await nodes.here.user('ann');
    await using socket = await rawSocket(nodes.there.url, { token: ann.token });
    socket.send(subscribeToEvents(1));
    await eventually(() => expect(socket.frames).toHaveLength(1));
    own.pause();
    await ann.http.auth.logout.mutate();
    expect(await socket.closed).toBe(4003);
    own.resume();
  });

  it('a Redis that is not there keeps nobody from starting, and is named', async () => {
    await using server = await startTestServer({ redisUrl: 'redis://127.0.0.1:1' });
    const ann = await server.user('ann');
    await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    expect(server.logged).toContainEqual({
      fields: { reason: expect.stringContaining('ECONNREFUSED') },
      message: 'Redis cannot be used: until it can, the nodes find each other’s changes in the database',
    });
  });
});

it('a server that is given its bus and its presence opens none of its own beside them', async () => {
  await using own = await startRedis();
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const bus = new LocalBus(log);
  const presence = new LocalPresence({ clock: { now: () => 0 }, log });
  await using server = await startTestServer({ redisUrl: own.url, bus, presence });
  const asking = new Redis(own.url, { connectionName: 'the test' });
  onTestFinished(() => asking.disconnect());
  const names = async () => [...String(await asking.client('LIST')).matchAll(/ name=(\S+)/g)].map(([, name]) => name);
  await eventually(async () => expect(await names()).toContain('nexo-counters'));
  expect((await names()).filter((name) => name?.startsWith('nexo-'))).toEqual(['nexo-counters']);
  expect(server.services.bus).toBe(bus);
});

describe('G13 a lost frame is missed', () => {
  it('because positions follow the events, once, and only for what moved', async () => {
    await using server = await startTestServer({ timing: { positionsEveryMs: 100 } });
    const ann = await server.user('ann');
    const chat = await ann.http.groups.create.mutate({ name: 'one', memberIds: [] });
    await ann.http.groups.create.mutate({ name: 'quiet', memberIds: [] });
    await using proxy = await startFaultProxy(server.port);
    await using client = await liveClient(proxy.url, ann.token);
    await ann.http.messages.send.mutate(aMessage(chat.id, 'one'));
    await eventually(() => expect(textOf(client.items)).toEqual(['one']));
    await eventually(() => expect(client.items.at(-1)?.type).toBe('positions'));
    const lost = proxy.loseNext((frame) => frame.includes('message.sent'));
    await ann.http.messages.send.mutate(aMessage(chat.id, 'lost'));
    expect(await lost).toContain('lost');
    const { head } = await ann.http.messages.list.query({ conversationId: chat.id, limit: 1 });
    await eventually(() =>
      expect(client.items.at(-1)).toEqual({ type: 'positions', conversations: [{ id: chat.id, change: head.change }] }),
    );
    expect(textOf(client.items)).toEqual(['one']);
    expect(client.items.filter((item) => item.type === 'positions')).toHaveLength(2);
  });
});
