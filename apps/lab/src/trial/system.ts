import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDb, type Db, migrate } from '@nexo/db';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@nexo/db/embedded';
import { type CrashPoints, makeCrashPoints } from '../faults/crash-point.ts';
import { openRoad, type Road } from '../faults/road.ts';
import { freePort } from '../harness/free-port.ts';
import { type RedisProcess, startRedis } from '../harness/redis-process.ts';
import { type ServerProcess, startServerProcess } from '../harness/server-process.ts';

/** Results stay; data is removed. Not under /tmp, which may be memory, where an fsync costs nothing. */
export const resultsFolder = fileURLToPath(new URL('../../results', import.meta.url));

/** A node that does not start is started again, for so long. */
const restartMaxMs = 90_000;
const restartPauseMs = 200;

/** One server with its three roads. */
export interface Node {
  number: number;
  /** What clients connect to; the same over every restart. */
  clients: Road;
  postgres: Road;
  redis: Road;
  crashPoints: CrashPoints;
  server: ServerProcess;
  /** Ends it at once (SIGKILL). */
  kill(): Promise<void>;
  /** Asks it to end (SIGTERM); resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Starts it again after its end, at the same address. */
  restart(): Promise<void>;
}

/** A node that ended although nobody had laid hands on it. */
export interface Crash {
  node: number;
  code: number | null;
  /** The last that it printed. */
  output: string;
}

/** Everything that is under test, with a road between every two parts. */
export interface System {
  nodes: Node[];
  /** Nodes that ended by themselves; each was started again. */
  crashes: Crash[];
  redis: RedisProcess;
  postgres: Postgres;
  /** Straight to Postgres, on no road: for seeding and for the last look. */
  db: Db;
  stop(): Promise<void>;
}

/** A Postgres that can be ended and started again on the same data and port. */
interface Postgres {
  url: string;
  pid(): number;
  /** Its processes, postmaster first. */
  pids(): number[];
  /** As `pg_ctl stop -m immediate`: no checkpoint, no goodbye; it recovers from its log when it starts. */
  stopImmediately(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Stops in order, copies everything, and starts again. */
  backUp(): Promise<void>;
  /** Stops, and starts with what was copied; the epoch is changed before anybody else is let in, as the instructions ask. */
  restore(): Promise<void>;
}

export interface SystemOptions {
  nodes: number;
  code: 'bundle' | 'source';
}

export async function startSystem(options: SystemOptions): Promise<System> {
  mkdirSync(resultsFolder, { recursive: true });
  const dataDir = mkdtempSync(join(resultsFolder, 'data-'));
  const cleanUp: (() => unknown)[] = [() => removeData(dataDir)];
  const stop = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startPostgres(dataDir);
    cleanUp.push(() => postgres.stop());
    await migrate({ url: postgres.url });
    const db = createDb({ url: postgres.url, name: 'nexo-lab', statementTimeoutMs: 0 });
    cleanUp.push(() => db.close());
    const redis = await startRedis();
    cleanUp.push(() => redis[Symbol.asyncDispose]());
    const nodes: Node[] = [];
    const crashes: Crash[] = [];
    for (let number = 0; number < options.nodes; number++) {
      nodes.push(await startNode(number, postgres.url, redis.port, options.code, crashes, (step) => cleanUp.push(step)));
    }
    return { nodes, crashes, redis, postgres, db, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function removeData(dataDir: string): void {
  for (const folder of [dataDir, `${dataDir}-backup`]) rmSync(folder, { recursive: true, force: true });
}

async function startNode(
  number: number,
  postgresUrl: string,
  redisPort: number,
  code: 'bundle' | 'source',
  crashes: Crash[],
  later: (step: () => unknown) => void,
): Promise<Node> {
  const crashPoints = makeCrashPoints();
  const port = await freePort();
  const toPostgres = await openRoad({ targetPort: Number(new URL(postgresUrl).port), tap: crashPoints.tap });
  later(() => toPostgres[Symbol.asyncDispose]());
  const toRedis = await openRoad({ targetPort: redisPort });
  later(() => toRedis[Symbol.asyncDispose]());
  const clients = await openRoad({ targetPort: port });
  later(() => clients[Symbol.asyncDispose]());
  const databaseUrl = new URL(postgresUrl);
  databaseUrl.port = String(toPostgres.port);
  /** Whether somebody is ending it on purpose. */
  let isEnding = false;
  /** A fault and the watch over it may both want it back: it is started once. */
  let starting: Promise<void> | undefined;
  const startAgain = async () => {
    if (node.server.alive()) return;
    // Postgres may be away just now.
    for (const deadline = performance.now() + restartMaxMs; ; await delay(restartPauseMs)) {
      try {
        node.server = await start();
        return;
      } catch (error) {
        if (performance.now() > deadline) throw error;
      }
    }
  };
  const start = async () => {
    isEnding = false;
    const server = await startServerProcess({
      databaseUrl: databaseUrl.href,
      port,
      code,
      env: { REDIS_URL: `redis://127.0.0.1:${toRedis.port}`, LOG_LEVEL: 'warn' },
    });
    void server.exited.then((code) => {
      if (isEnding || node.server !== server) return;
      crashes.push({ node: number, code, output: server.output() });
      // As a supervisor would.
      node.restart().catch(() => {});
    });
    return server;
  };
  const end = async (how: 'kill' | 'stop') => {
    await starting;
    isEnding = true;
    await node.server[how]();
    return node.server.exited;
  };
  const node: Node = {
    number,
    clients,
    postgres: toPostgres,
    redis: toRedis,
    crashPoints,
    server: await start(),
    async kill() {
      await end('kill');
    },
    stop: () => end('stop'),
    restart() {
      starting ??= startAgain().finally(() => {
        starting = undefined;
      });
      return starting;
    },
  };
  later(() => node.kill());
  return node;
}

async function startPostgres(dataDir: string): Promise<Postgres> {
  const settings = { shared_buffers: '64MB', max_connections: 200 };
  const backupDir = `${dataDir}-backup`;
  const launch = (port?: number) =>
    startEmbeddedPostgres({ dataDir, durable: true, settings, ...(port === undefined ? {} : { port }) });
  let running: EmbeddedPostgres = await launch();
  const { url, port } = running;
  return {
    url,
    pid: () => running.pid,
    pids: () => [running.pid, ...childrenOf(running.pid)],
    async stopImmediately() {
      process.kill(running.pid, 'SIGQUIT');
      await running.exited;
    },
    async start() {
      running = await launch(port);
    },
    stop() {
      // A trial may end while it stands still.
      for (const pid of [running.pid, ...childrenOf(running.pid)]) wake(pid);
      return running.stop();
    },
    async backUp() {
      await running.stop();
      copyFolder(dataDir, backupDir);
      running = await launch(port);
    },
    async restore() {
      await running.stop();
      rmSync(dataDir, { recursive: true, force: true });
      copyFolder(backupDir, dataDir);
      running = await launch(port);
      const db = createDb({ url, max: 1 });
      await db.sql`update system set epoch = gen_random_uuid()`;
      await db.close();
    },
  };
}

function wake(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It has ended.
  }
}

/** With owners and modes: Postgres insists on its own. */
function copyFolder(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The folder of Postgres could not be copied: ${stderr}`);
}

/** The processes that a process has started and that still run. */
function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    });
}
