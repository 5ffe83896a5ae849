import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/index.ts';

export interface TestPostgres extends AsyncDisposable {
  /** The same over kill and start. */
  readonly url: string;
  readonly port: number;
  /** Of the PostgreSQL that runs now. */
  readonly pid: number;
  /** kill -9, and waits until it is dead. What it had acknowledged must be there after `start`. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** Stops it in order; `start` goes on from there. */
  stop(): Promise<void>;
}

export interface TestPostgresOptions {
  /** False (fsync off) is for tests that are not about durability: it loses nothing by kill -9, only by a power cut. Default true. */
  durable?: boolean;
  settings?: Record<string, string | number>;
}

/** Starts a PostgreSQL for one test alone, empty, in a temporary folder that goes with it. */
export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const dataDir = await mkdtemp(join(tmpdir(), 'nexo-postgres-'));
  const settings = { shared_buffers: '64MB', max_connections: 300, ...options.settings };
  const launch = (port?: number) =>
    startEmbeddedPostgres({ dataDir, settings, durable: options.durable ?? true, ...(port !== undefined && { port }) });
  let postgres = await launch();
  let guard = guardAgainstOrphans(postgres, dataDir);
  const { url, port } = postgres;
  return {
    url,
    port,
    get pid() {
      return postgres.pid;
    },
    async kill() {
      guard.dismiss();
      process.kill(postgres.pid, 'SIGKILL');
      await postgres.exited;
    },
    async start() {
      postgres = await launch(port);
      guard = guardAgainstOrphans(postgres, dataDir);
    },
    async stop() {
      guard.dismiss();
      await postgres.stop();
    },
    async [Symbol.asyncDispose]() {
      guard.dismiss();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/**
 * A test run may be killed at any moment, and must not leave a PostgreSQL behind. A tiny shell waits for the end of a pipe
 * that only this process holds, and then clears up in its place.
 */
function guardAgainstOrphans(postgres: EmbeddedPostgres, dataDir: string): { dismiss(): void } {
  const script = 'read -r word || { kill -QUIT "$1"; sleep 1; rm -rf "$2"; }';
  const shell = spawn('sh', ['-c', script, 'sh', String(postgres.pid), dataDir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => {});
  shell.unref();
  shell.stdin.on('error', () => {});
  return { dismiss: () => shell.stdin.end('done\n') };
}
