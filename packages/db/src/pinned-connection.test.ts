import { createServer, connect as dial, type Socket } from 'node:net';
import { expect, test, vi } from 'vitest';
import type { Sql } from './create-db.ts';
import { createPinnedConnection, type PinnedConnection } from './pinned-connection.ts';
import { createTestDatabase, type TestDatabase } from './testing/index.ts';

interface Bench extends AsyncDisposable {
  database: TestDatabase;
  connection: PinnedConnection;
}

async function createBench(): Promise<Bench> {
  const database = await createTestDatabase();
  await database.db.sql`create table marks (mark text not null)`;
  const connection = createPinnedConnection({ url: database.url, name: 'pinned' });
  return {
    database,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

const backendOf = async (sql: Sql) => (await sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid ?? 0;
const marksIn = async ({ db }: TestDatabase) => (await db.sql<{ mark: string }[]>`select mark from marks`).map((row) => row.mark);

test('statements of one run go down one connection, and the next run takes the same', async () => {
  await using bench = await createBench();
  const pids = await bench.connection.run((sql) => Promise.all([backendOf(sql), backendOf(sql), backendOf(sql)]));
  const later = await bench.connection.run(backendOf);
  expect(new Set([...pids, later]).size).toBe(1);
});

test('when the work throws, its open transaction is rolled back and the connection stays', async () => {
  await using bench = await createBench();
  const before = await bench.connection.run(backendOf);
  const failing = bench.connection.run(async (sql) => {
    await Promise.all([sql.unsafe('begin'), sql`insert into marks values ('lost')`]);
    throw new Error('a rule of ours');
  });
  await expect(failing).rejects.toThrow('a rule of ours');
  const after = await bench.connection.run(async (sql) => {
    await sql`insert into marks values ('kept')`;
    return backendOf(sql);
  });
  expect(after).toBe(before);
  expect(await marksIn(bench.database)).toEqual(['kept']);
});

test('when one of several statements sent together fails, nothing of them is kept and its own error is thrown', async () => {
  await using bench = await createBench();
  const failing = bench.connection.run((sql) =>
    Promise.all([
      sql.unsafe('begin'),
      sql`insert into marks values ('one')`,
      sql`insert into marks values (${null})`,
      sql`insert into marks values ('two')`,
      sql.unsafe('commit'),
    ]),
  );
  await expect(failing).rejects.toMatchObject({ code: '23502' });
  expect(await marksIn(bench.database)).toEqual([]);
});

test('nothing runs outside its transaction when the backend is killed between two statements', async () => {
  await using bench = await createBench();
  const killed = bench.connection.run(async (sql) => {
    const [, pid] = await Promise.all([sql.unsafe('begin'), backendOf(sql), sql`insert into marks values ('first')`]);
    await bench.database.db.sql`select pg_terminate_backend(${pid})`;
    await backendIsGone(bench.database, pid);
    await sql`insert into marks values ('second')`;
    await sql.unsafe('commit');
  });
  await expect(killed).rejects.toMatchObject({ code: expect.stringMatching(/^(57P01|CONNECTION_|ECONNRESET|EPIPE)/) });
  expect(await bench.connection.run(async (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  expect(await marksIn(bench.database)).toEqual([]);
});

test('nothing runs outside its transaction when the backend is killed while a statement runs', async () => {
  await using bench = await createBench();
  let pid = 0;
  const killed = bench.connection.run(async (sql) => {
    await sql.unsafe('begin');
    pid = await backendOf(sql);
    await Promise.all([
      sql`select pg_sleep(${60})`,
      sql`insert into marks values (${'queued behind'})`,
      sql.unsafe('commit'),
    ]).catch(() => undefined);
    // Even who goes on after the error reaches no new connection.
    await sql`insert into marks values ('after')`;
  });
  killed.catch(() => undefined);
  await vi.waitUntil(() => pid !== 0);
  await bench.database.db.sql`select pg_terminate_backend(${pid})`;
  await expect(killed).rejects.toMatchObject({ code: expect.stringMatching(/^(57P01|CONNECTION_|ECONNRESET|EPIPE)/) });
  await backendIsGone(bench.database, pid);
  expect(await bench.connection.run(async (sql) => sql`select 1 as one`)).toMatchObject([{ one: 1 }]);
  expect(await marksIn(bench.database)).toEqual([]);
});

test('a connection that died while nobody used it is replaced by the next run', async () => {
  await using bench = await createBench();
  const pid = await bench.connection.run(backendOf);
  await bench.database.db.sql`select pg_terminate_backend(${pid})`;
  await backendIsGone(bench.database, pid);
  // The end of the socket may reach us a moment after it reached the database: then one run fails, and only one.
  const next = await bench.connection.run(backendOf).catch(() => bench.connection.run(backendOf));
  expect(next).not.toBe(pid);
});

test('a road that swallows everything is given up after runMaxMs, and the next run takes a new connection', async () => {
  await using bench = await createBench();
  await using road = await cutRoad(bench.database.url);
  const connection = createPinnedConnection({ url: road.url, runMaxMs: 300 });
  const before = await connection.run(backendOf);
  road.swallow();
  await expect(connection.run((sql) => sql`select 1`)).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await connection.run(backendOf)).not.toBe(before);
  await connection.close();
});

test('a road that swallows the very first answer is given up as well', async () => {
  await using bench = await createBench();
  await using road = await cutRoad(bench.database.url);
  const connection = createPinnedConnection({ url: road.url, runMaxMs: 300 });
  road.swallowAnswerTo('select 1');
  await expect(connection.run(backendOf)).rejects.toMatchObject({
    code: expect.stringMatching(/^(CONNECTION_|ECONNRESET|EPIPE)/),
  });
  expect(await connection.run(backendOf)).toBeGreaterThan(0);
  await connection.close();
});

test('a road that is cut with a reset, at any moment, fails the run at once and never hangs the connection', async () => {
  await using bench = await createBench();
  await using road = await cutRoad(bench.database.url);
  const connection = createPinnedConnection({ url: road.url });
  let failed = 0;
  for (let round = 0; round < 40; round++) {
    const mark = `round ${round}`;
    const run = connection.run(async (sql) => {
      await Promise.all([sql.unsafe('begin'), sql`select ${round}::int`]);
      await Promise.all([sql`insert into marks values (${mark})`, sql.unsafe('commit')]);
    });
    // From the very start to after the end.
    const cut = cutAfterTurns(road, round % 20);
    const outcome = await run.then(
      () => 'done',
      () => 'failed',
    );
    await cut;
    if (outcome === 'failed') failed++;
    else expect(await marksIn(bench.database)).toContain(mark);
  }
  expect(failed).toBeGreaterThan(0);
  const marks = await marksIn(bench.database);
  expect(new Set(marks).size).toBe(marks.length);
  await vi.waitFor(async () => connection.run(async (sql) => sql`select 1`));
  await connection.close();
});

async function backendIsGone({ db }: TestDatabase, pid: number): Promise<void> {
  await vi.waitFor(async () => {
    expect(await db.sql`select 1 from pg_stat_activity where pid = ${pid}`).toHaveLength(0);
  });
}

interface Road extends AsyncDisposable {
  url: string;
  /** Resets everything that goes over it; what comes later passes. */
  cut(): void;
  /** What is open now carries nothing any more and does not end; what comes later passes. */
  swallow(): void;
  /** The same once, for the connection that says this next. */
  swallowAnswerTo(text: string): void;
}

/** A way to the database that can be cut as a firewall or a dying host does it. */
async function cutRoad(url: string): Promise<Road> {
  const target = new URL(url);
  const open = new Set<Socket>();
  let swallowed: string | null = null;
  const server = createServer((near) => {
    const far = dial(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (data) => {
      if (swallowed === null || !data.includes(swallowed)) return;
      swallowed = null;
      far.unpipe(near);
    });
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const own = new URL(url);
  own.hostname = '127.0.0.1';
  own.port = String(typeof address === 'object' ? address?.port : address);
  return {
    url: own.href,
    cut() {
      for (const socket of open) socket.resetAndDestroy();
    },
    swallow() {
      for (const socket of open) socket.unpipe();
    },
    swallowAnswerTo(text) {
      swallowed = text;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function cutAfterTurns(road: Road, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  road.cut();
}
