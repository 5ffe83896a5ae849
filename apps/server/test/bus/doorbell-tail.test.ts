import type { DoorbellHeads, Sql } from '@nexo/db';
import { createTestDatabase } from '@nexo/db/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DoorbellTail } from '../../src/bus/doorbell-tail.ts';

const never = 3_600_000;
const patience = { timeout: 20_000, interval: 5 };

/** A tail that notes what it repairs, on a database of its own. */
async function startTail(everyMs: () => number) {
  const database = await createTestDatabase();
  const { sql } = database.db;
  const repaired: DoorbellHeads[] = [];
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const tail = new DoorbellTail({
    sql,
    everyMs,
    isMissed: () => true,
    repair: (heads) => repaired.push(heads),
    lost: () => {},
    log,
    graceMs: 0,
  });
  await tail.start();
  onTestFinished(async () => {
    await tail.stop();
    await database[Symbol.asyncDispose]();
  });
  return { tail, sql, repaired };
}

function ring(sql: Sql, heads: DoorbellHeads) {
  return sql`insert into doorbells (heads) values (${JSON.stringify(heads)}::text::jsonb)`;
}

const one: DoorbellHeads = { conversations: [], users: [{ id: 'ann', change: 1 }] };
const two: DoorbellHeads = { conversations: [], users: [{ id: 'ann', change: 2 }] };

test('a tail that is hurried reads at once, however far away its turn is', async () => {
  const { tail, sql, repaired } = await startTail(() => never);
  await ring(sql, one);
  tail.hurry();
  await vi.waitFor(() => expect(repaired).toEqual([one]), patience);
  await ring(sql, two);
  tail.hurry();
  await vi.waitFor(() => expect(repaired).toEqual([one, two]), patience);
});

test('how often it reads is asked before each wait: it goes faster while no bus carries', async () => {
  let carries = true;
  const { tail, sql, repaired } = await startTail(() => (carries ? never : 5));
  await ring(sql, one);
  carries = false;
  tail.hurry();
  await vi.waitFor(() => expect(repaired).toEqual([one]), patience);
  await ring(sql, two);
  await vi.waitFor(() => expect(repaired).toEqual([one, two]), patience);
});

test('it is not hurried into reading twice at once, nor after its end', async () => {
  const { tail, sql, repaired } = await startTail(() => never);
  await ring(sql, one);
  for (let i = 0; i < 10; i++) tail.hurry();
  await vi.waitFor(() => expect(repaired).toEqual([one]), patience);
  await tail.stop();
  await ring(sql, two);
  tail.hurry();
  await sql`select 1`;
  expect(repaired).toEqual([one]);
});
