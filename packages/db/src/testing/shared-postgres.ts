import { createDb } from '../create-db.ts';
import { migrate } from '../migrate.ts';
import { startTestPostgres, type TestPostgres } from './start-test-postgres.ts';
import { templateDatabase } from './template.ts';

interface Shared {
  postgres: Promise<TestPostgres>;
  users: number;
}

/** One a process: each vitest project evaluates this module for itself, but they all run in one. */
const slot = Symbol.for('nexo.testing.sharedPostgres');
const holder: object & { [slot]?: Shared | undefined } = globalThis;

/** Starts the run's PostgreSQL with its migrated template, or joins it. */
export async function joinSharedPostgres(): Promise<string> {
  holder[slot] ??= { postgres: start(), users: 0 };
  holder[slot].users += 1;
  return (await holder[slot].postgres).url;
}

/** The last one to leave stops it and removes its data. */
export async function leaveSharedPostgres(): Promise<void> {
  const shared = holder[slot];
  if (shared === undefined) return;
  shared.users -= 1;
  if (shared.users > 0) return;
  holder[slot] = undefined;
  await (await shared.postgres)[Symbol.asyncDispose]();
}

async function start(): Promise<TestPostgres> {
  const postgres = await startTestPostgres({ durable: false });
  const admin = createDb({ url: postgres.url, max: 1 });
  await admin.sql.unsafe(`CREATE DATABASE ${templateDatabase}`);
  await admin.close();
  const url = new URL(postgres.url);
  url.pathname = templateDatabase;
  await migrate({ url: url.href });
  return postgres;
}
