import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from '../load/system.ts';
import type { Bench } from './workload.ts';
import { workloads } from './workloads.ts';

const databases: TestDatabase[] = [];
let system: System;
let bench: Bench;

async function makeDatabase(): Promise<string> {
  const database = await createTestDatabase();
  databases.push(database);
  return database.url;
}

beforeAll(async () => {
  system = await startSystem({ code: 'source', databaseUrl: await makeDatabase(), garbageOnSignal: true });
  bench = { scale: 'smoke', code: 'source', historyDir: null, log() {}, running: new Set(), system, makeDatabase };
}, 60_000);

afterAll(async () => {
  await system.stop();
  for (const database of databases) await database[Symbol.asyncDispose]();
});

/** One of each kind: the others are made of the same parts. */
const kinds = {
  'W-01': 'a closed loop, and the naked pipeline beside it',
  'W-19': 'people who are sent away and come back',
  'W-11': 'calls that are looked at one by one',
  'W-12': 'a crowd that is cut off',
  'W-24': 'all that is done with one group, while its members listen',
};

describe('a workload, small and short, comes to its end with figures and nothing incorrect', () => {
  it.concurrent.each(Object.entries(kinds))(
    '%s: %s',
    async (id) => {
      const workload = workloads.find((one) => one.id === id);
      const result = await workload?.run(bench);
      expect(result?.findings).toEqual([]);
      expect(result?.figures.length).toBeGreaterThan(0);
      expect(result?.figures.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    },
    120_000,
  );
});
