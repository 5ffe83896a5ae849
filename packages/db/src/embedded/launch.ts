import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binaries } from './binaries.ts';
import { brokenFolder, type Places, postgresEnv, readOr } from './cluster.ts';
import { OperatorError } from './operator-error.ts';
import { readPostmaster, stopPostmaster } from './postmaster-file.ts';
import type { RunAs } from './run-as.ts';

export interface Launched {
  child: ChildProcess;
  pid: number;
  port: number;
}

interface LaunchOptions {
  port?: number;
  settings?: Record<string, string | number>;
  durable?: boolean;
  log: (line: string) => void;
}

const ourSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: 150,
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Commits still reach the operating system one by one, so that kill -9 loses nothing: only a power cut does. */
const carelessSettings = { fsync: 'off', full_page_writes: 'off' };

const maxLogBytes = 10 * 1024 * 1024;
/** Recovery after a crash replays at most max_wal_size, which a slow disk does in a few minutes. */
const startTimeoutMs = 10 * 60_000;
const progressEveryMs = 5_000;
/** Taken ports and the last backends of a killed PostgreSQL go away by themselves. */
const maxAttempts = 50;
const attemptPauseMs = 100;

/** Starts the postmaster and waits until it takes connections. Throws OperatorError with PostgreSQL's own reason. */
export async function launch(places: Places, binaries: Binaries, runAs: RunAs, options: LaunchOptions): Promise<Launched> {
  rotateLog(places.logFile);
  for (let attempt = 1; ; attempt += 1) {
    const preferred = options.port ?? Number(readOr(places.port, '0'));
    const port = await freePort(attempt === 1 || options.port !== undefined ? preferred : 0);
    const logStart = sizeOf(places.logFile);
    const child = spawnPostgres(places, binaries, runAs, port, options);
    const pid = await whenReady(child, places, options.log);
    if (pid !== null) return { child, pid, port };
    const logged = readFileSync(places.logFile).subarray(logStart).toString('utf8');
    const passing = /could not bind|Address already in use|shared memory block .* is still in use/.test(logged);
    if (!passing || attempt === maxAttempts) throw brokenFolder(places, `${reasonIn(logged)}; more in ${places.logFile}`);
    await delay(attemptPauseMs);
  }
}

/** Resolves when a child is gone, also when it has been for long. */
export function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

function spawnPostgres(places: Places, binaries: Binaries, runAs: RunAs, port: number, options: LaunchOptions): ChildProcess {
  const careless = options.durable === false ? carelessSettings : {};
  const settings = Object.entries({ ...ourSettings, ...careless, ...options.settings });
  const args = ['-D', places.cluster, '-p', String(port), ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const log = openSync(places.logFile, 'a', 0o600);
  try {
    return spawn(...runAs.command(binaries.postgres, args), {
      ...runAs.ids,
      env: postgresEnv(),
      detached: true,
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** The postmaster's process number once it is ready, null when it went away instead. */
async function whenReady(child: ChildProcess, places: Places, log: (line: string) => void): Promise<number | null> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  const start = performance.now();
  let toldAt = start;
  while (child.exitCode === null && child.signalCode === null) {
    if (failure !== undefined) throw new OperatorError(`The embedded PostgreSQL could not be started: ${failure.message}`);
    const postmaster = readPostmaster(places.cluster);
    if (postmaster !== null && postmaster.pid === child.pid && postmaster.ready) return postmaster.pid;
    const now = performance.now();
    if (now - toldAt > progressEveryMs) {
      toldAt = now;
      log(`PostgreSQL is still starting (${Math.round((now - start) / 1000)} s): it recovers from its log`);
    }
    if (now - start > startTimeoutMs) {
      if (child.pid !== undefined) await stopPostmaster(child.pid);
      return null;
    }
    await delay(5);
  }
  return null;
}

function freePort(preferred: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort(0))));
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : preferred));
    });
  });
}

function rotateLog(logFile: string): void {
  if (sizeOf(logFile) > maxLogBytes) renameSync(logFile, `${logFile}.1`);
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** PostgreSQL's own last word before it went away. */
function reasonIn(logged: string): string {
  const lines = logged.trim().split('\n');
  const fatal = lines.findLast((line) => /\b(FATAL|PANIC):/.test(line)) ?? lines.at(-1) ?? 'it said nothing';
  return fatal.replace(/^.*?\b(FATAL|PANIC):\s*/, '');
}
