import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createDb } from '@nexo/db';
import { runningPostgresUrl } from '@nexo/db/embedded';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { findFreePort } from '../src/start/ports.ts';
import { childrenOf, descendants, makeProject, patience, type Run, type SupervisedProject } from './support/supervised.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let project: SupervisedProject;

beforeAll(async () => {
  project = await makeProject();
});
beforeEach(() => project.reset());
afterEach(() => project.stopAll());
afterAll(() => project?.remove());

function childOf(run: Run, part: string): number {
  const [found] = childrenOf(run, part);
  if (found === undefined) throw new Error(`There is no ${part} below the supervisor`);
  return found;
}

function isAnswering(path: string) {
  return vi.waitFor(async () => expect(await project.status(path)).toBe(200), patience);
}

describe('npm start', () => {
  test('serves the API and the web chat at the address it prints; Ctrl-C leaves no process', async () => {
    rmSync(join(project.root, '.data'), { recursive: true });
    const run = await project.startReady();
    expect(run.output()).toContain(`Nexo is ready: http://localhost:${project.port}`);
    expect(await project.status('/healthz')).toBe(200);
    expect(await project.status('/readyz')).toBe(200);
    expect(await (await fetch(`http://127.0.0.1:${project.port}/`)).text()).toContain('<title>Nexo</title>');
    run.child.kill('SIGINT');
    expect(await run.exitCode).toBe(0);
    expect(project.leftBehind()).toEqual([]);
  });

  test('brings back whatever is killed: server, web chat, PostgreSQL', async () => {
    const run = await project.startReady();
    for (const part of ['dist/main.js', 'apps/web/run.mjs', 'bin/postgres']) {
      const pid = childOf(run, part);
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(childOf(run, part)).not.toBe(pid), patience);
      await isAnswering('/readyz');
      await isAnswering('/');
    }
  });

  test('recovers from the kill -9 of everything, and has its data', async () => {
    const first = await project.startReady();
    const url = runningPostgresUrl(join(project.root, '.data/postgres')) ?? '';
    const db = createDb({ url, max: 1 });
    await db.sql`insert into users (id, display_name) values ('alice', 'Alice')`;
    await db.close();
    const children = descendants(first.pid);
    first.child.kill('SIGKILL');
    await first.exitCode;
    expect(children.some(({ args }) => args.includes('bin/postgres'))).toBe(true);
    await project.startReady();
    const again = createDb({ url: runningPostgresUrl(join(project.root, '.data/postgres')) ?? '', max: 1 });
    expect(await again.sql`select id from users where kind = 'person'`).toEqual([{ id: 'alice' }]);
    await again.close();
    for (const { pid } of children)
      await vi.waitFor(() => expect(project.leftBehind().join('\n')).not.toContain(` ${pid} `), patience);
  });

  test('stopped in the middle of its start leaves nothing either', async () => {
    rmSync(join(project.root, '.data'), { recursive: true });
    const run = project.start();
    await vi.waitFor(() => expect(run.output()).toContain('Starting PostgreSQL'), patience);
    run.child.kill('SIGTERM');
    expect(await run.exitCode).toBe(0);
    expect(project.leftBehind()).toEqual([]);
    await project.startReady();
  });

  test('says in one sentence that the port is taken, and how to take another', async () => {
    const other = createServer().listen(project.port, '127.0.0.1');
    await once(other, 'listening');
    const run = project.start();
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toContain(
      `Port ${project.port} is in use by another program. Stop that one, or take another port: PORT=${project.port + 1}`,
    );
    expect(project.leftBehind()).toEqual([]);
    other.close();
  });

  test('says in one sentence that the data folder is in use, and leaves the first run alone', async () => {
    const first = await project.startReady();
    const second = project.start({ PORT: String(await findFreePort()) });
    expect(await second.exitCode).toBe(1);
    expect(second.output()).toContain(
      `in use by another running Nexo (process ${first.pid}). Stop that one first, or set DATA_DIR`,
    );
    expect(await project.status('/readyz')).toBe(200);
  });

  test('says in one sentence that the data folder is broken', async () => {
    writeFileSync(join(project.root, '.data/postgres/cluster/PG_VERSION'), 'eighteen');
    const run = project.start();
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toMatch(/The database in .* is broken.* Put a backup in its place, or move the folder away/);
  });

  test('says in one sentence which variable is wrong', async () => {
    const run = project.start({ REGISTRATION_OPEN: 'maybe' });
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toBe('REGISTRATION_OPEN must be true or false, but is "maybe". For example: REGISTRATION_OPEN=false');
  });

  test('says in one sentence that the database of DATABASE_URL cannot be reached', async () => {
    const nobody = await findFreePort();
    const run = project.start({ DATABASE_URL: `postgres://nexo:secret@127.0.0.1:${nobody}/nexo` });
    expect(await run.exitCode).toBe(1);
    expect(run.output()).toContain(`The database at 127.0.0.1:${nobody} cannot be used`);
    expect(run.output()).not.toContain('secret');
  });
});
