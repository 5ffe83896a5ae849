import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
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

/** Starts an empty redis-server on a free port of 127.0.0.1. Installs it when that is possible; throws with what to do when not. */
export async function startRedis(): Promise<RedisProcess> {
  const program = findRedisServer();
  const port = await freePort();
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();

  async function start(): Promise<void> {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    const started = spawn(program, args, { stdio: 'ignore' });
    child = started;
    gone = new Promise((resolve) => started.once('exit', () => resolve()));
    for (const startedAt = performance.now(); !(await answers(port)); await delay(5)) {
      if (started.exitCode !== null) throw new Error(`redis-server ended with ${started.exitCode} while it started.`);
      if (performance.now() - startedAt > readyMaxMs) throw new Error(`redis-server does not answer on port ${port}.`);
    }
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
    [Symbol.asyncDispose]: kill,
  };
}

/** REDIS_SERVER_PATH, or redis-server (valkey-server) of the system, installed from Debian's packages when we may. */
function findRedisServer(): string {
  const named = process.env.REDIS_SERVER_PATH;
  for (const program of named === undefined || named === '' ? ['redis-server', 'valkey-server'] : [named]) {
    if (runs(program)) return program;
  }
  if (process.getuid?.() === 0 && runs('apt-get')) {
    // Debian starts the service with the package, on a port that nobody here asked for.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const install = () =>
      spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'redis-server'], { env, stdio: 'ignore' });
    if (install().status !== 0) {
      spawnSync('apt-get', ['update'], { env, stdio: 'ignore' });
      install();
    }
    if (runs('redis-server')) return 'redis-server';
  }
  throw new Error(
    'The tests with several servers need redis-server. Install it, or name one: REDIS_SERVER_PATH=/path/to/redis-server npm test',
  );
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
