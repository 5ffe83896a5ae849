import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDb, migrate } from '@nexo/db';
import { runningPostgresUrl, startEmbeddedPostgres } from '@nexo/db/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../src/start/ports.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const project = fileURLToPath(new URL('../../..', import.meta.url));
const patience = { timeout: 30_000, interval: 20 };

/** A project of its own: the real bundles, and a quick page in the place of the web chat. */
let root: string;
let port: number;
const running = new Set<ChildProcess>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'nexo-start-'));
  mkdirSync(join(root, 'apps/web'), { recursive: true });
  for (const name of ['node_modules', 'packages']) symlinkSync(join(project, name), join(root, name));
  copyFileSync(new URL('web.fixture.mjs', import.meta.url), join(root, 'apps/web/run.mjs'));
  execFileSync(process.execPath, [join(project, 'apps/server/scripts/build.mjs'), join(root, 'apps/server/dist')]);
  port = await findFreePort();
  // Made once and copied, to save every test the first start.
  const postgres = await startEmbeddedPostgres({ dataDir: join(root, 'made/postgres'), durable: false });
  await migrate({ url: postgres.url });
  await postgres.stop();
});

beforeEach(() => cpSync(join(root, 'made'), join(root, '.data'), { recursive: true }));

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGINT');
    await once(child, 'exit');
  }
  running.clear();
  rmSync(join(root, '.data'), { recursive: true, force: true });
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Run {
  child: ChildProcess;
  pid: number;
  output(): string;
  exitCode: Promise<number | null>;
}

/** Nothing of this process's environment but what every process has. */
function start(env: Record<string, string> = {}): Run {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [fileURLToPath(new URL('supervise.fixture.mjs', import.meta.url)), root], {
    env: { PATH, HOME, PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let text = '';
  const keep = (chunk: unknown) => {
    text += String(chunk);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exitCode = once(child, 'close').then(([code]) => code);
  return { child, pid: child.pid ?? 0, output: () => text, exitCode };
}

async function startReady(env: Record<string, string> = {}): Promise<Run> {
  const run = start(env);
  await vi.waitFor(() => expect(run.output()).toContain('Nexo is ready'), patience);
  return run;
}

/** Everything below a process, as `ps` sees it. */
function descendants(pid: number): { pid: number; args: string }[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null);
  const below = (parent: number): { pid: number; args: string }[] =>
    all
      .filter((match) => Number(match[2]) === parent)
      .flatMap((match) => [{ pid: Number(match[1]), args: match[3] ?? '' }, ...below(Number(match[1]))]);
  return below(pid);
}

function childOf(run: Run, part: string): number {
  const found = descendants(run.pid).find(({ args }) => args.includes(part));
  if (found === undefined) throw new Error(`There is no ${part} below the supervisor`);
  return found.pid;
}

/** What still runs out of this project's folder. */
function leftBehind(): string[] {
  const lines = execFileSync('ps', ['-e', '-o', 'stat=,pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(root) && !line.startsWith('Z'));
}

async function status(path: string): Promise<number> {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    (response) => response.status,
    () => 0,
  );
}

function isAnswering(path: string) {
  return vi.waitFor(async () => expect(await status(path)).toBe(200), patience);
}

describe('npm start', () => {
  test('serves the API and the web chat at the address it prints; Ctrl-C leaves no process', async () => {
    rmSync(join(root, '.data'), { recursive: true });
    const run = await startReady();
    expect(run.output()).toContain(`Nexo is ready: http://localhost:${port}`);
    expect(await status('/healthz')).toBe(200);
    expect(await status('/readyz')).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toContain('<title>Nexo</title>');
    run.child.kill('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(leftBehind()).toEqual([]);
  });

  test('brings back whatever is killed: server, web chat, PostgreSQL', async () => {
    const run = await startReady();
    for (const part of ['dist/main.js', 'apps/web/run.mjs', 'bin/postgres']) {
      const pid = childOf(run, part);
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(childOf(run, part)).not.toBe(pid), patience);
      await isAnswering('/readyz');
      await isAnswering('/');
    }
  });

  test('recovers from the kill -9 of everything, and has its data', async () => {
    const first = await startReady();
    const url = runningPostgresUrl(join(root, '.data/postgres')) ?? '';
    const db = createDb({ url, max: 1 });
    await db.sql`insert into users (id, display_name) values ('alice', 'Alice')`;
    await db.close();
    const children = descendants(first.pid);
    first.child.kill('SIGKILL');
    await first.exitCode;
    expect(children.some(({ args }) => args.includes('bin/postgres'))).toBe(true);
    await startReady();
    const again = createDb({ url: runningPostgresUrl(join(root, '.data/postgres')) ?? '', max: 1 });
    expect(await again.sql`select id from users`).toEqual([{ id: 'alice' }]);
    await again.close();
    for (const { pid } of children) await vi.waitFor(() => expect(leftBehind().join('\n')).not.toContain(` ${pid} `), patience);
  });

  test('stopped in the middle of its start leaves nothing either', async () => {
    rmSync(join(root, '.data'), { recursive: true });
    const run = start();
    await vi.waitFor(() => expect(run.output()).toContain('Starting PostgreSQL'), patience);
    run.child.kill('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(leftBehind()).toEqual([]);
    await startReady();
  });

  test('says in one sentence that the port is taken, and how to take another', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const run = start();
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toContain(
      `Port ${port} is in use by another program. Stop that one, or take another port: PORT=${port + 1}`,
    );
    expect(leftBehind()).toEqual([]);
    other.close();
  });

  test('says in one sentence that the data folder is in use, and leaves the first run alone', async () => {
    const first = await startReady();
    const second = start({ PORT: String(await findFreePort()) });
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toContain(
      `in use by another running Nexo (process ${first.pid}). Stop that one first, or set DATA_DIR`,
    );
    expect(await status('/readyz')).toBe(200);
  });

  test('says in one sentence that the data folder is broken', async () => {
    writeFileSync(join(root, '.data/postgres/cluster/PG_VERSION'), 'eighteen');
    const run = start();
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toMatch(/The database in .* is broken.* Put a backup in its place, or move the folder away/);
  });

  test('says in one sentence which variable is wrong', async () => {
    const run = start({ REGISTRATION_OPEN: 'maybe' });
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toBe('REGISTRATION_OPEN must be true or false, but is "maybe". For example: REGISTRATION_OPEN=false');
  });

  test('says in one sentence that the database of DATABASE_URL cannot be reached', async () => {
    const nobody = await findFreePort();
    const run = start({ DATABASE_URL: `postgres://nexo:secret@127.0.0.1:${nobody}/nexo` });
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toContain(`The database at 127.0.0.1:${nobody} cannot be used`);
    expect(run.output()).not.toContain('secret');
  });
});
