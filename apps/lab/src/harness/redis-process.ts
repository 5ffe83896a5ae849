import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const readyMaxMs = 10_000;

/** A Redis in a process of its own, with nothing on disk: what it held is gone when it ends. */
export interface RedisProcess extends AsyncDisposable {
  url: string;
  port: number;
  pid(): number;
  /** Ends it at once. Resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again, empty, at the same address. */
  start(): Promise<void>;
  /** It stands still, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
}

export interface RedisOptions {
  /** A cluster of this one server, which has all slots. */
  cluster?: boolean;
  /** Further arguments of redis-server. */
  args?: readonly string[];
}

/** Starts an empty redis-server on a free port of 127.0.0.1. Installs it when that is possible; throws with what to do when not. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisProcess> {
  const program = findRedisServer();
  // The bus of a cluster listens beside it, at a port that a free one of the upper range does not leave room for.
  const port = options.cluster === true ? await lowPort() : await freePort();
  const folder = options.cluster === true ? mkdtempSync(join(tmpdir(), 'nexo-redis-')) : undefined;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...(options.args ?? [])];
    if (folder !== undefined) args.push('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--dir', folder);
    const started = spawn(program, args, { stdio: 'ignore' });
    child = started;
    gone = new Promise((resolve) => started.once('exit', () => resolve()));
    for (const startedAt = performance.now(); !(await answers(port)); await delay(5)) {
      if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode} while it started.`);
      if (performance.now() - startedAt > readyMaxMs) throw new Error(`redis-server does not answer on port ${port}.`);
    }
    if (folder === undefined) return;
    await say(port, 'CLUSTER ADDSLOTSRANGE 0 16383');
    while (!(await say(port, 'CLUSTER INFO')).includes('cluster_state:ok')) await delay(20);
  }

  async function kill(): Promise<void> {
    child?.kill('SIGKILL');
    await gone;
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: () => child?.pid ?? 0,
    kill,
    start,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async [Symbol.asyncDispose]() {
      await kill();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A free port with room for the one that a cluster adds 10,000 to. */
async function lowPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if ((await isFree(port)) && (await isFree(port + 10_000))) return port;
  }
}

/** REDIS_SERVER_PATH, or redis-server (valkey-server) of the system, installed from Debian's packages when we may. */
function findRedisServer(): string {
  const named = process.env.REDIS_SERVER_PATH ?? '';
  if (named !== '') {
    if (runs(named)) return named;
    throw new Error(`REDIS_SERVER_PATH names ${named}, which is no program that runs here.`);
  }
  for (const program of ['redis-server', 'valkey-server']) if (runs(program)) return program;
  if (process.getuid?.() === 0 && runs('apt-get')) {
    if (!apt('install', '-y', '--no-install-recommends', 'redis-server')) {
      apt('update');
      apt('install', '-y', '--no-install-recommends', 'redis-server');
    }
    if (runs('redis-server')) return 'redis-server';
  }
  throw new Error(
    'The tests with several servers need redis-server. Install it, or name one: REDIS_SERVER_PATH=/path/to/redis-server npm test',
  );
}

const aptMaxSeconds = 300;

/** Test files run side by side, and apt-get refuses a second one of its kind: they take turns. */
function apt(...args: string[]): boolean {
  const lock = join(tmpdir(), 'nexo-apt.lock');
  // Debian starts the service with the package, on a port that nobody here asked for.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const command = ['--timeout', String(aptMaxSeconds), lock, 'apt-get', ...args];
  return spawnSync('flock', command, { env, stdio: 'ignore' }).status === 0;
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

async function answers(port: number): Promise<boolean> {
  return (await say(port, 'PING')) !== '';
}

/** Says one command in the inline form; what comes back of it, or nothing when nobody is there. */
function say(port: number, command: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(''));
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
