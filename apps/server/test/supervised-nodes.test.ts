import { join } from 'node:path';
import { createDb } from '@nexo/db';
import { runningPostgresUrl } from '@nexo/db/embedded';
import { startRedis } from '@nexo/lab/harness';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { checkAfterFire, gather, sustainFire } from './support/fire.ts';
import { childrenOf, makeProject, patience, type Run, type SupervisedProject } from './support/supervised.ts';
import { type SocketWatch, watchedSocket } from './support/watched-socket.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const groups = 6;
let project: SupervisedProject;

beforeAll(async () => {
  project = await makeProject();
});
beforeEach(() => project.reset());
afterEach(() => project.stopAll());
afterAll(() => project?.remove());

const serversOf = (run: Run) => childrenOf(run, 'dist/main.js').sort((a, b) => a - b);

/** People whose sockets are watched, spread over the servers; `sql` reads the database past all of it. */
async function gatherWatched() {
  const watches: SocketWatch[] = [];
  const gathering = await gather(project.url, groups, () => {
    const { WebSocket, watch } = watchedSocket();
    watches.push(watch);
    return { runtime: { WebSocket } };
  });
  const db = createDb({ url: runningPostgresUrl(join(project.root, '.data/postgres')) ?? '', max: 1 });
  onTestFinished(() => db.close());
  return { gathering, watches, sql: db.sql };
}

function called(watches: readonly SocketWatch[], path: string): number {
  return watches.reduce((sum, watch) => sum + (watch.calls.get(path) ?? 0), 0);
}

/** Everybody has heard so many more messages. */
async function progress(fire: { acked(): number }, more: number): Promise<void> {
  const from = fire.acked();
  await vi.waitFor(() => expect(fire.acked()).toBeGreaterThanOrEqual(from + more), { timeout: 60_000, interval: 10 });
}

async function nodeOfHandshake(): Promise<string> {
  const { WebSocket, watch } = watchedSocket();
  const socket = new WebSocket(`${project.url.replace('http', 'ws')}/trpc`);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.terminate();
  return watch.nodes[0] ?? '';
}

describe('npm start -- --nodes 3', () => {
  test('spreads the sockets over three servers; without Redis they find each other in the database, and that is said', async () => {
    const run = await project.startReady({ NODES: '3' });
    expect(run.output()).toMatch(/3 servers share the port .*Without REDIS_URL they find each other’s messages in the database/);
    expect(serversOf(run)).toHaveLength(3);
    const nodes: string[] = [];
    for (let i = 0; i < 9; i++) nodes.push(await nodeOfHandshake());
    expect(nodes.sort()).toEqual(['1', '1', '1', '2', '2', '2', '3', '3', '3']);
    const { gathering, sql } = await gatherWatched();
    const fire = sustainFire(gathering);
    await progress(fire, 100);
    await fire.stop();
    await checkAfterFire(sql, gathering, fire.sends);
    run.child.kill('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(project.leftBehind()).toEqual([]);
  });

  test('any of them may die by kill -9 under load: the others serve on, it is started again, nothing is lost or doubled', async () => {
    await using redis = await startRedis();
    const run = await project.startReady({ NODES: '3', REDIS_URL: redis.url });
    expect(run.output()).toMatch(/3 servers share the port .* and hear each other through Redis/);
    const { gathering, sql } = await gatherWatched();
    const fire = sustainFire(gathering);
    let gone = 0;
    for (const victim of serversOf(run)) {
      await progress(fire, 60);
      process.kill(victim, 'SIGKILL');
      gone++;
      await vi.waitFor(() => expect(run.output().split('went away (SIGKILL)')).toHaveLength(gone + 1), { interval: 1 });
      // Whoever asks while it is gone is answered by another one; only what was handed to it in its last moment is lost.
      await vi.waitFor(async () => expect(await project.status('/readyz')).toBe(200), { interval: 5 });
      await vi.waitFor(() => {
        expect(serversOf(run)).toHaveLength(3);
        expect(serversOf(run)).not.toContain(victim);
      }, patience);
    }
    await progress(fire, 60);
    await fire.stop();
    await checkAfterFire(sql, gathering, fire.sends);
  });

  test('SIGUSR2 renews them one by one under load: no send is refused or sent twice, no client begins anew or waits for a connection', async () => {
    await using redis = await startRedis();
    const run = await project.startReady({ NODES: '3', REDIS_URL: redis.url });
    const before = serversOf(run);
    const { gathering, watches, sql } = await gatherWatched();
    const states = new Set<string>();
    for (const { client } of gathering.people) {
      client.store.connection.subscribe(() => states.add(client.store.connection.get().name));
    }
    const snapshots = called(watches, 'sync.snapshot');
    const fire = sustainFire(gathering);
    await progress(fire, 60);
    run.child.kill('SIGUSR2');
    await vi.waitFor(() => expect(run.output()).toContain('All servers are renewed'), { ...patience, timeout: 90_000 });
    await progress(fire, 60);
    await fire.stop();
    const after = serversOf(run);
    expect(after).toHaveLength(3);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    await checkAfterFire(sql, gathering, fire.sends);
    expect(called(watches, 'sync.snapshot')).toBe(snapshots);
    expect(watches.flatMap((watch) => [...watch.sends.values()]).filter((times) => times > 1)).toEqual([]);
    // Everybody has moved to a renewed server, and was never without one.
    for (const watch of watches) expect(watch.nodes.at(-1)).toMatch(/\.2$/);
    expect([...states].filter((name) => name === 'waiting' || name === 'connecting')).toEqual([]);
    expect(watches.flatMap((watch) => watch.closes).filter((code) => code !== 1000 && code !== 1005)).toEqual([]);
  });

  test('Redis may be killed under load and come back empty: no send fails, everything arrives, nobody is signed out', async () => {
    await using redis = await startRedis();
    await project.startReady({ NODES: '3', REDIS_URL: redis.url });
    const { gathering, watches, sql } = await gatherWatched();
    const fire = sustainFire(gathering);
    await progress(fire, 60);
    await redis.kill();
    await progress(fire, 300);
    redis.start().catch(() => {});
    await progress(fire, 300);
    redis.pause();
    await progress(fire, 300);
    redis.resume();
    await progress(fire, 60);
    await fire.stop();
    await checkAfterFire(sql, gathering, fire.sends);
    expect(watches.flatMap((watch) => [...watch.sends.values()]).filter((times) => times > 1)).toEqual([]);
    expect(watches.flatMap((watch) => watch.closes)).toEqual([]);
  });
});

describe('npm start with one server', () => {
  test('SIGUSR2 renews it without anybody being without one', async () => {
    const run = await project.startReady();
    const before = serversOf(run);
    expect(before).toHaveLength(1);
    const { gathering, watches, sql } = await gatherWatched();
    const fire = sustainFire(gathering);
    await progress(fire, 60);
    run.child.kill('SIGUSR2');
    await vi.waitFor(() => expect(run.output()).toContain('The server is renewed'), patience);
    await progress(fire, 60);
    await fire.stop();
    expect(serversOf(run)).toHaveLength(1);
    expect(serversOf(run)).not.toEqual(before);
    await checkAfterFire(sql, gathering, fire.sends);
    expect(watches.flatMap((watch) => [...watch.sends.values()]).filter((times) => times > 1)).toEqual([]);
  });
});
