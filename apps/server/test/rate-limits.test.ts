import { randomUUID } from 'node:crypto';
import { type AppRouter, makeRateLimits, rateLimitTable } from '@nexo/api';
import { type RedisProcess, startRedis } from '@nexo/lab/harness';
import type { TRPCClientError } from '@trpc/client';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openRedisCounters } from '../src/bus/redis-counters.ts';
import { httpClient, startTestServer } from './gateway/harness.ts';

/** Of the row loginPerAddress: together, and of each node apart. */
const together = 60;
const apart = 20;
const patience = { timeout: 20_000, interval: 5 };

/** The limits of one node. */
function nodeOn(url: string, namespace: string) {
  const shared = openRedisCounters(url, namespace);
  onTestFinished(() => shared.close());
  return { shared, limits: makeRateLimits({ shared }) };
}

async function twoNodesOn({ url }: RedisProcess) {
  const namespace = randomUUID();
  const nodes = [nodeOn(url, namespace), nodeOn(url, namespace)] as const;
  await answering(nodes, true);
  return nodes;
}

type Nodes = readonly ReturnType<typeof nodeOn>[];

function answering(nodes: Nodes, wanted: boolean) {
  return vi.waitFor(() => expect(nodes.map(({ shared }) => shared.client() !== null)).toEqual(nodes.map(() => wanted)), patience);
}

/** Takes in turn on every node until each has refused; answers how many were let through. */
async function takeAll(nodes: Nodes, key: string): Promise<number> {
  let taken = 0;
  const refused = new Set<object>();
  while (refused.size < nodes.length) {
    for (const node of nodes) {
      const result = await node.limits.take('loginPerAddress', key).catch((error: Error) => error);
      if (result === undefined) taken++;
      else {
        expect(result).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
        refused.add(node);
      }
    }
  }
  return taken;
}

describe.each(['one Redis', 'a cluster'])('limits of several nodes on %s', (kind) => {
  const start = () => startRedis({ cluster: kind === 'a cluster' });

  test('are counted together, and a right password is forgotten together', async () => {
    await using redis = await start();
    const nodes = await twoNodesOn(redis);
    expect(await takeAll(nodes, 'alice')).toBe(together);
    await nodes[0].limits.reset('loginPerAddress', 'alice');
    expect(await takeAll(nodes, 'alice')).toBe(together);
    expect(await takeAll(nodes, 'bob')).toBe(together);
  });

  test('are counted by each node while Redis is killed, strictly where somebody could guess, and together when it is back empty', async () => {
    await using redis = await start();
    const nodes = await twoNodesOn(redis);
    await nodes[0].limits.take('loginPerAddress', 'alice');
    await redis.kill();
    expect(await takeAll(nodes, 'alice')).toBe(2 * apart);
    await redis.start();
    await answering(nodes, true);
    expect(await takeAll(nodes, 'alice')).toBe(together);
  });

  test('are counted by each node while Redis stands still, and nobody waits for it', async () => {
    await using redis = await start();
    const nodes = await twoNodesOn(redis);
    redis.pause();
    // Also before anybody has found out.
    expect(await takeAll(nodes, 'alice')).toBe(2 * apart);
    await answering(nodes, false);
    expect(await takeAll(nodes, 'bob')).toBe(2 * apart);
    redis.resume();
    await answering(nodes, true);
    expect(await takeAll(nodes, 'carol')).toBe(together);
  });
});

describe.each(['one Redis', 'a cluster'])('S3 waits that grow, of several nodes on %s', (kind) => {
  const { points, pointsApart, wait } = rateLimitTable.loginPerAccountAndAddress;
  const take = ({ limits }: Nodes[number]) =>
    limits.take('loginPerAccountAndAddress', 'alice').then(
      () => 0,
      (error: { retryAfterMs: number }) => error.retryAfterMs,
    );

  test('are counted together, end together, and are of each node while Redis is away', async () => {
    await using redis = await startRedis({ cluster: kind === 'a cluster' });
    const [one, other] = await twoNodesOn(redis);
    for (let tries = 0; tries < points; tries++) expect(await take(tries % 2 === 0 ? one : other)).toBe(0);
    for (const node of [one, other]) {
      const waitMs = await take(node);
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(wait.firstMs);
    }
    await other.limits.reset('loginPerAccountAndAddress', 'alice');
    for (let tries = 0; tries < points; tries++) expect(await take(one)).toBe(0);
    expect(await take(other)).toBeGreaterThan(0);
    await redis.kill();
    for (const node of [one, other]) {
      for (let tries = 0; tries < pointsApart; tries++) expect(await take(node)).toBe(0);
      expect(await take(node)).toBeGreaterThan(0);
    }
    await one.limits.reset('loginPerAccountAndAddress', 'alice');
    expect(await take(one)).toBe(0);
  });
});

test('systems that share a Redis do not share limits', async () => {
  await using redis = await startRedis();
  const [one, other] = [nodeOn(redis.url, 'one'), nodeOn(redis.url, 'other')];
  await answering([one, other], true);
  expect(await takeAll([one], 'alice')).toBe(together);
  expect(await takeAll([other], 'alice')).toBe(together);
});

test('a Redis without room to write keeps nobody out', async () => {
  await using redis = await startRedis({ args: ['--maxmemory', '1', '--maxmemory-policy', 'noeviction'] });
  const node = nodeOn(redis.url, randomUUID());
  await answering([node], true);
  expect(await takeAll([node], 'alice')).toBe(apart);
});

test('without Redis, one of several servers lets fewer guesses through than one that is alone', async () => {
  await using server = await startTestServer({ nodesHere: 2, rateLimitFactor: 1 });
  const { id } = await server.user('ann');
  const guess = () =>
    httpClient(server.url).auth.login.mutate({ userId: id, password: 'a wrong guess', platform: 'server' }).catch(codeOf);
  const codes: unknown[] = [];
  const { pointsApart } = rateLimitTable.loginPerAccountAndAddress;
  for (let guesses = 0; guesses <= pointsApart; guesses++) codes.push(await guess());
  expect(codes.indexOf('RATE_LIMITED')).toBe(pointsApart);
});

const codeOf = (error: unknown) => (error as TRPCClientError<AppRouter>).data?.nexo?.code;
