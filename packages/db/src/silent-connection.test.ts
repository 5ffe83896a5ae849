import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDb } from './create-db.ts';
import { createTestDatabase } from './testing/index.ts';

/** Ends a question in the protocol of Postgres. */
const sync = Buffer.from([0x53, 0, 0, 0, 4]);

/**
 * A road to Postgres whose connections of now can be made to swallow everything without an end. `cutBytes`: every piece of an answer
 * comes in two, the second of which has so many bytes.
 */
async function openRoad(port: number, { cutBytes = 0 } = {}) {
  const lines = new Set<[Socket, Socket]>();
  const listener = createServer((source) => {
    const target = connect({ port, host: '127.0.0.1' });
    lines.add([source, target]);
    for (const one of [source, target]) one.on('error', () => {}).setNoDelay(true);
    source.pipe(target);
    if (cutBytes === 0) target.pipe(source);
    else target.pipe(inTwo(cutBytes)).pipe(source);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  onTestFinished(() => {
    for (const line of lines) for (const socket of line) socket.destroy();
    listener.close();
  });
  const address = listener.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    /** The next question comes without its last message, the one that ends it, and nothing comes after it. */
    loseTheEnd() {
      for (const [source, target] of lines) {
        source.unpipe(target);
        let isLost = false;
        source.on('data', (piece: Buffer) => {
          if (isLost) return;
          isLost = piece.subarray(-sync.length).equals(sync);
          target.write(isLost ? piece.subarray(0, -sync.length) : piece);
        });
        source.resume();
      }
    },
    swallow() {
      for (const [source, target] of lines) {
        source.unpipe(target).resume();
        target.unpipe(source).resume();
      }
    },
  };
}

function inTwo(cutBytes: number): Transform {
  return new Transform({
    transform(piece: Buffer, _, done) {
      this.push(piece.subarray(0, -cutBytes));
      // Long enough for the first part to be read by itself.
      setTimeout(() => done(null, piece.subarray(-cutBytes)), 10);
    },
  });
}

/** From here on the looks at connections, and nothing else, are made by hand. */
function turnTheClock(): void {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
}

async function throughRoad(databaseUrl: string, how: { cutBytes?: number } = {}) {
  const url = new URL(databaseUrl);
  const road = await openRoad(Number(url.port), how);
  url.port = String(road.port);
  return { url: url.href, road };
}

test('a connection that goes silent in the middle of a question is given up, and the pool opens another', async () => {
  await using database = await createTestDatabase();
  const { url, road } = await throughRoad(database.url);
  const db = createDb({ url, max: 1, statementTimeoutMs: 300 });
  onTestFinished(() => db.close());
  await db.sql`select 1`;
  road.swallow();
  const error: unknown = await db.sql`select 2`.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await db.sql`select 3 as three`).toEqual([{ three: 3 }]);
}, 30_000);

test('what a connection has locked is free again when it goes silent in the middle of a question', async () => {
  await using database = await createTestDatabase();
  await database.db.sql`create table one (id int primary key)`;
  await database.db.sql`insert into one values (1)`;
  const { url, road } = await throughRoad(database.url);
  const db = createDb({ url, max: 1, statementTimeoutMs: 300, settings: { idle_in_transaction_session_timeout: '300' } });
  onTestFinished(() => db.close());
  // Prepared by the first time, so that the second one is a single piece.
  const lock = () => db.sql`select id from one where id = ${1} for update`;
  await lock();
  road.loseTheEnd();
  const lost = lock().catch((reason: unknown) => reason);
  const backends = () => database.db.sql<{ query: string }[]>`
    select query from pg_stat_activity where datname = current_database() and query like '%for update' and state = 'active' and wait_event = 'ClientRead'`;
  await expect.poll(async () => (await backends()).length).toBe(1);
  await expect(database.db.sql`select id from one for update nowait`).rejects.toMatchObject({ code: '55P03' });
  await expect.poll(async () => (await backends()).length, { timeout: 10_000 }).toBe(0);
  expect(await database.db.sql`select id from one for update nowait`).toEqual([{ id: 1 }]);
  expect(await lost).toBeInstanceOf(Error);
}, 30_000);

test('a connection that is silent because nobody asks is kept', async () => {
  turnTheClock();
  await using database = await createTestDatabase();
  const db = createDb({ url: database.url, max: 1, statementTimeoutMs: 50 });
  onTestFinished(() => db.close());
  const pid = async () => (await db.sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid;
  const before = await pid();
  // Much longer than the longest silence of a connection that was asked something.
  vi.advanceTimersByTime(60_000);
  expect(await pid()).toBe(before);
}, 30_000);

test('a connection that goes silent after the first of several answers is given up', async () => {
  await using database = await createTestDatabase();
  const { url, road } = await throughRoad(database.url);
  const db = createDb({ url, max: 1, statementTimeoutMs: 300 });
  onTestFinished(() => db.close());
  await db.sql`select 1`;
  const [first, second, third] = await Promise.allSettled([
    db.sql`select 1 as one`.then(() => road.swallow()),
    db.sql`select pg_sleep(0.2)`,
    db.sql`select ${3}::int as three`,
  ]);
  expect(first.status).toBe('fulfilled');
  expect(second).toMatchObject({ reason: { code: 'CONNECTION_CLOSED' } });
  expect(third).toMatchObject({ reason: { code: 'CONNECTION_CLOSED' } });
  expect(await db.sql`select 4 as four`).toEqual([{ four: 4 }]);
}, 10_000);

test('a connection that goes silent before a statement is described is given up', async () => {
  await using database = await createTestDatabase();
  const { url, road } = await throughRoad(database.url);
  const db = createDb({ url, max: 1, statementTimeoutMs: 300 });
  onTestFinished(() => db.close());
  await db.sql`select 1`;
  road.swallow();
  await expect(db.sql`select ${3}::int as three`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await db.sql`select 4 as four`).toEqual([{ four: 4 }]);
}, 10_000);

test('a connection is kept wherever the answer was cut on its way', async () => {
  turnTheClock();
  await using database = await createTestDatabase();
  const cuts = Array.from({ length: 7 }, (_, i) => i + 1);
  const roads = await Promise.all(cuts.map((cutBytes) => throughRoad(database.url, { cutBytes })));
  const pools = roads.map(({ url }) => createDb({ url, max: 1, statementTimeoutMs: 200 }));
  onTestFinished(async () => void (await Promise.all(pools.map((db) => db.close()))));
  const pids = () =>
    Promise.all(
      pools.map(async ({ sql }) => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid, ${1}::int as one`)[0]?.pid),
    );
  const before = await pids();
  // Much longer than the longest silence of a connection that owes an answer.
  vi.advanceTimersByTime(60_000);
  expect(await pids()).toEqual(before);
}, 30_000);
