import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDb } from '../src/create-db.ts';
import { runningPostgresUrl, startEmbeddedPostgres } from '../src/embedded/index.ts';
import { identityOf } from '../src/embedded/processes.ts';
import { startTestPostgres } from '../src/testing/index.ts';

/** Whether what is started here can be another user's: only root can hand it over, and only out of a folder that others may enter. */
const canBeSomebodyElse =
  process.getuid?.() === 0 && parentsOf(import.meta.dirname).every((path) => (statSync(path).mode & 0o001) !== 0);

function parentsOf(path: string): string[] {
  return path === dirname(path) ? [path] : [path, ...parentsOf(dirname(path))];
}

/** Copied by tests that are not about the first start, to save their time. */
let made: string;
let dataDir: string;
const cleanUp: (() => unknown)[] = [];

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), 'nexo-embedded-'));
  const postgres = await startEmbeddedPostgres({ dataDir: made, durable: false });
  await postgres.stop();
});

afterAll(() => rmSync(made, { recursive: true, force: true }));

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'nexo-embedded-'));
});

afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Not durable: every crash here is of processes, not of the machine. */
async function start(options: { port?: number } = {}) {
  if (readdirSync(dataDir).length === 0) cpSync(made, dataDir, { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir, durable: false, settings: { shared_buffers: '16MB' }, ...options });
  cleanUp.push(postgres.stop);
  return postgres;
}

async function query<T>(url: string, statement: string): Promise<T[]> {
  const db = createDb({ url, max: 1 });
  try {
    return await db.sql.unsafe<(T & object)[]>(statement);
  } finally {
    await db.close();
  }
}

function isAlive(pid: number): boolean {
  return identityOf(pid) !== null;
}

describe('the embedded PostgreSQL', () => {
  test('starts as whoever runs it, root included, and keeps its data over a stop', async () => {
    const first = await startEmbeddedPostgres({ dataDir, durable: false });
    await query(first.url, 'create table kept as select 1 as n');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect(second.port).toBe(first.port);
  });

  test('lets nobody in without the password, which only its owner can read', async () => {
    const { url } = await start();
    const stranger = new URL(url);
    stranger.password = 'guess';
    await expect(query(stranger.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  });

  test('knows letters of every script, so that names in any of them are found', async () => {
    const { url } = await start();
    const [row] = await query<{ lower: string; trigrams: number }>(
      url,
      `create extension pg_trgm; select lower('ÀЖ') as lower, cardinality(show_trgm('Жанна'))::int as trigrams`,
    ).then((results) => results.flat().filter((result) => result.lower !== undefined));
    expect(row?.lower).toBe('àж');
    expect(row?.trigrams).toBeGreaterThan(0);
  });

  test('has every acknowledged row again after kill -9', async () => {
    const first = await start();
    await query(first.url, 'create table kept as select generate_series(1, 1000) as n');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    const second = await start();
    expect(await query(second.url, 'select count(*)::int as n from kept')).toEqual([{ n: 1000 }]);
  });

  test('starts over a postmaster.pid whose number now belongs to a foreign process', async () => {
    const first = await start();
    const pidFile = join(dataDir, 'cluster', 'postmaster.pid');
    const lines = readFileSync(pidFile, 'utf8');
    await first.stop();
    writeFileSync(pidFile, lines.replace(/^\d+/, String(process.ppid)));
    const second = await start();
    expect(await query(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(isAlive(process.ppid)).toBe(true);
  });

  test('takes over from a run that was killed, whose PostgreSQL still lives', async () => {
    const supervisor = startElsewhere();
    const orphan = await message(supervisor);
    expect(runningPostgresUrl(dataDir)).toBe(orphan.url);
    await query(orphan.url, 'create table kept as select 1 as n');
    supervisor.kill('SIGKILL');
    await once(supervisor, 'exit');
    expect(isAlive(orphan.pid)).toBe(true);
    const second = await start();
    expect(isAlive(orphan.pid)).toBe(false);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
  });

  test('refuses a folder that a living run has, in one sentence that names its process', async () => {
    const supervisor = startElsewhere();
    const other = await message(supervisor);
    await expect(start()).rejects.toThrow(`in use by another running Nexo (process ${supervisor.pid})`);
    expect(await query(other.url, 'select 1 as n')).toEqual([{ n: 1 }]);
    supervisor.send('stop');
    await once(supervisor, 'exit');
    await start();
  });

  test('takes another port when that of its last run is taken', async () => {
    const first = await start();
    await first.stop();
    const other = mkdtempSync(join(tmpdir(), 'nexo-embedded-'));
    const squatter = await startEmbeddedPostgres({ dataDir: other, port: first.port, durable: false });
    cleanUp.push(() => rmSync(other, { recursive: true, force: true }), squatter.stop);
    expect(squatter.port).toBe(first.port);
    const second = await start();
    expect(second.port).not.toBe(first.port);
    expect(await query(second.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('makes a whole database after its first start was interrupted', async () => {
    mkdirSync(join(dataDir, 'cluster.new', 'base'), { recursive: true });
    writeFileSync(join(dataDir, 'password.new'), 'half');
    const { url } = await start();
    expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('says what is wrong with a broken folder and what to do about it', async () => {
    const first = await start();
    await first.stop();
    unlinkSync(join(dataDir, 'cluster', 'global', 'pg_control'));
    await expect(start()).rejects.toThrow(/is broken \(.*pg_control.*Put a backup in its place, or move the folder away/s);
  });

  test('says so when the folder is not a folder', async () => {
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    await expect(startEmbeddedPostgres({ dataDir: file })).rejects.toThrow(/data folder .* cannot be (written|used)/);
  });

  test.runIf(process.platform === 'linux')('says that a folder cannot be made where the system makes none', async () => {
    await expect(startEmbeddedPostgres({ dataDir: '/proc/nowhere/data' })).rejects.toThrow(/data folder .* cannot be written/);
  });

  test.runIf(canBeSomebodyElse)('starts as an ordinary user too', async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(dataDir, nobody.uid, nobody.gid);
    const supervisor = startElsewhere(nobody);
    const { url } = await message(supervisor);
    expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(statSync(join(dataDir, 'cluster')).uid).toBe(nobody.uid);
    supervisor.send('stop');
    await once(supervisor, 'exit');
    const { pid } = await start();
    expect(readFileSync(`/proc/${pid}/status`, 'utf8'), 'root goes on as the owner of a private folder').toMatch(/^Uid:\t65534/m);
  });

  test.runIf(canBeSomebodyElse)('starts for root where user namespaces are forbidden, as nobody', async () => {
    const bin = mkdtempSync(join(tmpdir(), 'nexo-bin-'));
    cleanUp.push(() => rmSync(bin, { recursive: true }));
    writeFileSync(join(bin, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    await expect(message(startElsewhere({ env }))).rejects.toThrow(/the user nobody cannot enter .* chmod o\+x/);
    chmodSync(dataDir, 0o711);
    const supervisor = startElsewhere({ env });
    const { url, pid } = await message(supervisor);
    expect(await query(url, 'select 1 as n')).toEqual([{ n: 1 }]);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t65534/m);
    supervisor.send('stop');
    await once(supervisor, 'exit');
  });
});

describe('a PostgreSQL of a test', () => {
  test('comes back on its address after kill', async () => {
    await using postgres = await startTestPostgres({ durable: false });
    const { pid } = postgres;
    await postgres.kill();
    await expect(query(postgres.url, 'select 1')).rejects.toThrow();
    await postgres.start();
    expect(postgres.pid).not.toBe(pid);
    expect(await query(postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('does not outlive a test run that is killed', async () => {
    const run = forkFixture('start-test-postgres.fixture.ts', []);
    const { pid } = await message(run);
    run.kill('SIGKILL');
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  });
});

interface Elsewhere {
  uid?: number;
  gid?: number;
  env?: NodeJS.ProcessEnv;
}

function startElsewhere(options: Elsewhere = {}) {
  const supervisor = forkFixture('start-embedded.fixture.ts', [dataDir], options);
  cleanUp.push(() => {
    supervisor.kill('SIGKILL');
  });
  return supervisor;
}

function forkFixture(name: string, args: string[], options: Elsewhere = {}) {
  return fork(new URL(name, import.meta.url), args, { ...options, execArgv: ['--import', 'tsx'] });
}

async function message(child: ReturnType<typeof fork>): Promise<{ url: string; pid: number }> {
  const [value] = await once(child, 'message');
  if ('refused' in value) throw new Error(value.refused);
  return value;
}
