import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createDb } from './create-db.ts';
import { createTestDatabase } from './testing/index.ts';

/** A road to Postgres whose connections of now can be made to swallow everything without an end. */
async function openRoad(port: number) {
  const lines = new Set<[Socket, Socket]>();
  const listener = createServer((source) => {
    const target = connect({ port, host: '127.0.0.1' });
    lines.add([source, target]);
    for (const [one, other] of [
      [source, target],
      [target, source],
    ] as const) {
      one.on('error', () => {});
      one.pipe(other);
    }
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
    swallow() {
      for (const [source, target] of lines) {
        source.unpipe(target).resume();
        target.unpipe(source).resume();
      }
    },
  };
}

test('a connection that goes silent in the middle of a question is given up, and the pool opens another', async () => {
  await using database = await createTestDatabase();
  const url = new URL(database.url);
  const road = await openRoad(Number(url.port));
  url.port = String(road.port);
  const db = createDb({ url: url.href, max: 1, statementTimeoutMs: 300 });
  onTestFinished(() => db.close());
  await db.sql`select 1`;
  road.swallow();
  const error: unknown = await db.sql`select 2`.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
  expect(await db.sql`select 3 as three`).toEqual([{ three: 3 }]);
}, 30_000);

test('a connection that is silent because nobody asks is kept', async () => {
  await using database = await createTestDatabase();
  const db = createDb({ url: database.url, max: 1, statementTimeoutMs: 50 });
  onTestFinished(() => db.close());
  const pid = async () => (await db.sql<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]?.pid;
  const before = await pid();
  // Twice as long as the longest silence of a connection that was asked something.
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await pid()).toBe(before);
}, 30_000);
