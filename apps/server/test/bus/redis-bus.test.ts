import { randomUUID } from 'node:crypto';
import type { BusMessage } from '@nexo/api';
import { type BusPair, busContract } from '@nexo/api/testing';
import { type RedisProcess, startRedis } from '@nexo/lab/harness';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { RedisBus, type RedisBusTiming } from '../../src/bus/redis-bus.ts';

const patience = { timeout: 20_000, interval: 5 };
const quick: RedisBusTiming = { tickMs: 20, echoMaxMs: 300, stuckMaxMs: 1_000 };

let redis: RedisProcess;
let cluster: RedisProcess;

beforeAll(async () => {
  redis = await startRedis();
  cluster = await startRedis({ cluster: true });
});

afterAll(async () => {
  await redis?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

interface Options {
  namespace?: string;
  timing?: RedisBusTiming;
}

/** A bus that carries, closed after the test. `logged` is what it said at warning or above. */
async function openBus(url: string, options: Options = {}) {
  const logged: string[] = [];
  const note = (_fields: object, message: string) => logged.push(message);
  const { namespace = randomUUID(), timing = quick } = options;
  const bus = new RedisBus({ url, namespace, timing, log: { info: () => {}, warn: note, error: note } });
  onTestFinished(() => bus.close());
  return { bus, logged };
}

async function carryingBus(url: string, options: Options = {}) {
  const opened = await openBus(url, options);
  expect(await opened.bus.whenCarries(10_000)).toBe(true);
  return opened;
}

async function pairOn(url: string): Promise<BusPair> {
  const namespace = randomUUID();
  const [a, b] = await Promise.all([carryingBus(url, { namespace }), carryingBus(url, { namespace })]);
  return {
    a: a.bus,
    b: b.bus,
    async [Symbol.asyncDispose]() {
      await a.bus.close();
      await b.bus.close();
    },
  };
}

busContract('RedisBus on one Redis', () => pairOn(redis.url));
busContract('RedisBus on a cluster', () => pairOn(cluster.url));

const conversationId = randomUUID();

function typing(userId: string, conversation = conversationId): BusMessage {
  return { kind: 'signal', signal: { type: 'typing', conversationId: conversation, userId, typing: true } };
}

function listen({ bus }: { bus: RedisBus }) {
  const heard: BusMessage[] = [];
  bus.subscribe((messages) => heard.push(...messages));
  return heard;
}

describe('a node’s own messages', () => {
  test('are heard at once, and not again when they come back', async () => {
    const own = await carryingBus(redis.url);
    const heard = listen(own);
    own.bus.publish([typing('one')]);
    await Promise.resolve();
    expect(heard).toEqual([typing('one')]);
    // What is published later is back later, so by then the first one has come back too.
    own.bus.publish([typing('two')]);
    await vi.waitFor(() => expect(heard).toHaveLength(2), patience);
    const other = await carryingBus(redis.url);
    expect(other.bus.carries).toBe(true);
    expect(heard).toEqual([typing('one'), typing('two')]);
  });

  test('are heard with Redis away', async () => {
    const { bus } = await openBus('redis://127.0.0.1:1');
    const heard: BusMessage[] = [];
    bus.subscribe((messages) => heard.push(...messages));
    bus.publish([typing('alone')]);
    await Promise.resolve();
    expect(heard).toEqual([typing('alone')]);
    expect(bus.carries).toBe(false);
    await vi.waitFor(() => expect(bus.failure).toContain('ECONNREFUSED'), patience);
  });
});

describe('messages of others', () => {
  test('are not even read when nobody here wants them', async () => {
    const namespace = randomUUID();
    const [a, b] = await Promise.all([carryingBus(redis.url, { namespace }), carryingBus(redis.url, { namespace })]);
    const heard: BusMessage[] = [];
    const wanted = randomUUID();
    b.bus.subscribe(
      (messages) => heard.push(...messages),
      ({ id }) => id === wanted,
    );
    a.bus.publish([typing('somebody'), typing('ann', wanted), typing('somebody'), typing('ben', wanted)]);
    await vi.waitFor(() => expect(heard).toEqual([typing('ann', wanted), typing('ben', wanted)]), patience);
  });

  test('of another system on the same Redis are not heard', async () => {
    const [a, b] = await Promise.all([carryingBus(redis.url), carryingBus(redis.url)]);
    const atA = listen(a);
    const atB = listen(b);
    a.bus.publish([typing('ann')]);
    b.bus.publish([typing('ben')]);
    const third = await carryingBus(redis.url);
    expect(third.bus.carries).toBe(true);
    expect(atA).toEqual([typing('ann')]);
    expect(atB).toEqual([typing('ben')]);
  });
});

describe.each(['one Redis', 'a cluster'])('when the Redis goes away: %s', (kind) => {
  test('killed: the bus says so at once, drops, and carries again when it is back, empty', async () => {
    await using own = await startRedis({ cluster: kind === 'a cluster' });
    const namespace = randomUUID();
    const [a, b] = await Promise.all([carryingBus(own.url, { namespace }), carryingBus(own.url, { namespace })]);
    const heard = listen(b);
    const changes: boolean[] = [];
    a.bus.onCarries(() => changes.push(a.bus.carries));
    await own.kill();
    await vi.waitFor(() => expect([a.bus.carries, b.bus.carries]).toEqual([false, false]), patience);
    a.bus.publish([typing('into the void')]);
    await own.start();
    await vi.waitFor(() => expect([a.bus.carries, b.bus.carries]).toEqual([true, true]), patience);
    expect(changes).toEqual([false, true]);
    a.bus.publish([typing('again')]);
    await vi.waitFor(() => expect(heard).toEqual([typing('again')]), patience);
    expect(a.logged).toEqual(['Redis is away: until it is back, the nodes find each other’s changes in the database']);
  });

  test('standing still: the bus finds out, keeps nothing, and carries again when it goes on', async () => {
    await using own = await startRedis({ cluster: kind === 'a cluster' });
    const namespace = randomUUID();
    const [a, b] = await Promise.all([carryingBus(own.url, { namespace }), carryingBus(own.url, { namespace })]);
    const heard = listen(b);
    own.pause();
    a.bus.publish([typing('on its way')]);
    await vi.waitFor(() => expect([a.bus.carries, b.bus.carries]).toEqual([false, false]), patience);
    for (let i = 0; i < 1_000; i++) a.bus.publish([typing(`dropped ${i}`)]);
    own.resume();
    await vi.waitFor(() => expect([a.bus.carries, b.bus.carries]).toEqual([true, true]), patience);
    a.bus.publish([typing('again')]);
    await vi.waitFor(() => expect(heard).toContainEqual(typing('again')), patience);
    expect(heard.filter((message) => JSON.stringify(message).includes('dropped'))).toEqual([]);
  });
});

test('a cluster of which one part does not answer does not carry, until that part answers', async () => {
  await using own = await startRedis({ cluster: true });
  const namespace = randomUUID();
  const { bus } = await carryingBus(own.url, { namespace });
  const changes: boolean[] = [];
  bus.onCarries(() => changes.push(bus.carries));
  const asking = new Redis(own.url);
  onTestFinished(() => asking.disconnect());
  await asking.call('CONFIG', 'SET', 'cluster-require-full-coverage', 'no');
  const slot = String(await asking.call('CLUSTER', 'KEYSLOT', `nexo:${namespace}:bus:0`));
  await asking.call('CLUSTER', 'DELSLOTS', slot);
  await vi.waitFor(() => expect(bus.carries).toBe(false), patience);
  // The connections have been made anew meanwhile, and the other parts have answered.
  await vi.waitFor(() => expect(bus.failure).toContain('not every slot'), patience);
  expect(changes).toEqual([false]);
  await asking.call('CLUSTER', 'ADDSLOTS', slot);
  await vi.waitFor(() => expect(bus.carries).toBe(true), patience);
  expect(changes).toEqual([false, true]);
});

test('what Redis does not take is bounded: above it messages are dropped', async () => {
  await using own = await startRedis();
  const namespace = randomUUID();
  const timing = { ...quick, echoMaxMs: 60_000 };
  const [a, b] = await Promise.all([carryingBus(own.url, { namespace, timing }), carryingBus(own.url, { namespace, timing })]);
  const heard = listen(b);
  own.pause();
  const long = 'x'.repeat(100_000);
  for (let i = 0; i < 200; i++) {
    a.bus.publish([typing(`${i} ${long}`)]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  own.resume();
  await vi.waitFor(() => expect(heard.length).toBeGreaterThan(30), patience);
  a.bus.publish([typing('small again')]);
  await vi.waitFor(() => expect(heard.at(-1)).toEqual(typing('small again')), patience);
  // Four mebibytes and the one that went above it.
  expect(heard).toHaveLength(43);
});

test('a wrong password is named', async () => {
  await using own = await startRedis({ args: ['--requirepass', 'right'] });
  const { bus } = await openBus(`redis://:wrong@127.0.0.1:${own.port}`);
  await vi.waitFor(() => expect(bus.failure).toContain('WRONGPASS'), patience);
  await carryingBus(`redis://:right@127.0.0.1:${own.port}`);
});

test('a frame that cannot be read is logged and keeps nothing else from being heard', async () => {
  const namespace = randomUUID();
  const { Redis } = await import('ioredis');
  const client = new Redis(redis.url);
  onTestFinished(() => client.disconnect());
  const [a, b] = await Promise.all([carryingBus(redis.url, { namespace }), carryingBus(redis.url, { namespace })]);
  const heard = listen(b);
  for (const nonsense of ['', '\n', 'x\n\n\n', 'x 1\nuser bob {', '\n\n  {}']) {
    await client.publish(`nexo:${namespace}:bus:7`, nonsense);
  }
  a.bus.publish([typing('after')]);
  await vi.waitFor(() => expect(heard).toEqual([typing('after')]), patience);
  expect(b.logged).toContain('a message of another node could not be read');
});
