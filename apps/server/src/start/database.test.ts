import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDb } from '@nexo/db';
import { expect, onTestFinished, test, vi } from 'vitest';
import { keepEmbeddedPostgres, postgresFolder } from './database.ts';

const patience = { timeout: 60_000, interval: 50 };

/** A kept PostgreSQL. `log` hears each sentence for people at once. */
async function keep(log: (line: string) => void) {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexo-kept-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const database = await keepEmbeddedPostgres(dataDir, log);
  onTestFinished(() => database.stop());
  const pidFile = join(postgresFolder(dataDir), 'cluster', 'postmaster.pid');
  return { database, crash: () => process.kill(Number.parseInt(readFileSync(pidFile, 'utf8'), 10), 'SIGKILL') };
}

async function answers(url: string): Promise<boolean> {
  const db = createDb({ url, max: 1 });
  return db.sql`select 1`
    .then(
      () => true,
      () => false,
    )
    .finally(() => db.close());
}

test('a PostgreSQL that crashed comes back at the address that the server knows, however long another program has its port', async () => {
  const lines: string[] = [];
  const squatter = createServer();
  const { database, crash } = await keep((line) => {
    lines.push(line);
    if (line.includes('went away')) squatter.listen(Number(new URL(database.url).port), '127.0.0.1');
  });
  crash();
  await vi.waitFor(() => expect(lines.join('\n')).toContain('in use by another program'), patience);
  squatter.close();
  await once(squatter, 'close');
  await vi.waitFor(async () => expect(await answers(database.url)).toBe(true), patience);
});

test('a PostgreSQL that is asked to stop while it comes back is stopped', async () => {
  let stopped: Promise<void> | undefined;
  const { database, crash } = await keep((line) => {
    if (line.includes('went away')) stopped = Promise.resolve().then(() => database.stop());
  });
  crash();
  await vi.waitFor(() => expect(stopped).toBeDefined(), patience);
  await stopped;
  expect(await answers(database.url)).toBe(false);
});
