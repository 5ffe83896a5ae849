import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@nexo/db';
import { startEmbeddedPostgres } from '@nexo/db/embedded';
import { expect, vi } from 'vitest';
import { findFreePort } from '../../src/start/ports.ts';

const repository = fileURLToPath(new URL('../../../..', import.meta.url));
export const patience = { timeout: 30_000, interval: 20 };

/** A run of the supervisor, as `npm start` makes it. */
export interface Run {
  child: ChildProcess;
  pid: number;
  output(): string;
  exitCode: Promise<number | null>;
}

/** A project of its own: the real bundles, and a quick page in the place of the web chat. */
export interface SupervisedProject {
  root: string;
  port: number;
  url: string;
  /** A new data folder, with a database that saves each run its first start. */
  reset(): void;
  start(env?: Record<string, string>): Run;
  startReady(env?: Record<string, string>): Promise<Run>;
  /** Ends what still runs, and removes the data. */
  stopAll(): Promise<void>;
  /** What still runs out of this project's folder. */
  leftBehind(): string[];
  /** The status of a GET; 0 when nobody answers. */
  status(path: string): Promise<number>;
  remove(): void;
}

export async function makeProject(): Promise<SupervisedProject> {
  const root = mkdtempSync(join(tmpdir(), 'nexo-start-'));
  mkdirSync(join(root, 'apps/web'), { recursive: true });
  for (const name of ['node_modules', 'packages']) symlinkSync(join(repository, name), join(root, name));
  copyFileSync(new URL('../web.fixture.mjs', import.meta.url), join(root, 'apps/web/run.mjs'));
  execFileSync(process.execPath, [join(repository, 'apps/server/scripts/build.mjs'), join(root, 'apps/server/dist')]);
  const port = await findFreePort();
  const postgres = await startEmbeddedPostgres({ dataDir: join(root, 'made/postgres'), durable: false });
  await migrate({ url: postgres.url });
  await postgres.stop();
  const running = new Set<ChildProcess>();

  /** Nothing of this process's environment but what every process has. */
  function start(env: Record<string, string> = {}): Run {
    const { PATH = '', HOME = '' } = process.env;
    const child = spawn(process.execPath, [fileURLToPath(new URL('../supervise.fixture.mjs', import.meta.url)), root], {
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

  return {
    root,
    port,
    url: `http://127.0.0.1:${port}`,
    reset: () => cpSync(join(root, 'made'), join(root, '.data'), { recursive: true }),
    start,
    async startReady(env = {}) {
      const run = start(env);
      await vi.waitFor(() => expect(run.output()).toContain('Nexo is ready'), patience);
      return run;
    },
    async stopAll() {
      for (const child of running) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.kill('SIGINT');
        await once(child, 'exit');
      }
      running.clear();
      rmSync(join(root, '.data'), { recursive: true, force: true });
    },
    leftBehind() {
      const lines = execFileSync('ps', ['-e', '-o', 'stat=,pid=,args='], { encoding: 'utf8' }).split('\n');
      return lines.filter((line) => line.includes(root) && !line.startsWith('Z'));
    },
    status: (path) =>
      new Promise((resolve) => {
        // A connection of its own: one that was kept open leads to a server that may be gone.
        const asked = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        asked.once('error', () => resolve(0));
      }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Everything below a process, as `ps` sees it. */
export function descendants(pid: number): { pid: number; args: string }[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null);
  const below = (parent: number): { pid: number; args: string }[] =>
    all
      .filter((match) => Number(match[2]) === parent)
      .flatMap((match) => [{ pid: Number(match[1]), args: match[3] ?? '' }, ...below(Number(match[1]))]);
  return below(pid);
}

/** The processes below a run that run this part. */
export function childrenOf(run: Run, part: string): number[] {
  return descendants(run.pid)
    .filter(({ args }) => args.includes(part))
    .map(({ pid }) => pid);
}
