import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDb, type Db, migrate } from '@nexo/db';
import { startEmbeddedPostgres } from '@nexo/db/embedded';
import { type RedisProcess, startRedis } from '../harness/redis-process.ts';
import { type ServerProcess, startServerProcess } from '../harness/server-process.ts';
import { pinToCore } from './processes.ts';

const labFolder = fileURLToPath(new URL('../../', import.meta.url));
/** Results stay; data is removed. Not under /tmp, which may be memory, where an fsync costs nothing. */
export const resultsFolder = join(labFolder, 'results');

export interface SystemOptions {
  /** Server processes on the one database. Default 1. */
  nodes?: number;
  redis?: boolean;
  /** A folder that stays; one of its own that is removed, when absent. */
  dataDir?: string;
  /** A migrated database that is there already, instead of a Postgres. */
  databaseUrl?: string;
  /** A CPU profile of each node goes into this folder. */
  profileFolder?: string;
  /** Pins nodes and Postgres to the first core. */
  pin?: boolean;
  /** Lets `collectGarbage` work. */
  garbageOnSignal?: boolean;
  /** `source` for tests, which have no built server. */
  code?: 'bundle' | 'source';
  /** Settings of the servers, beside what they have anyway. */
  env?: Record<string, string>;
  /** False: no server yet. */
  serve?: boolean;
}

/** What is measured: a Postgres with the settings of a fresh installation and the servers that production runs. */
export interface System {
  nodes: ServerProcess[];
  postgresPid: number;
  databaseUrl: string;
  redis: RedisProcess | null;
  db: Db;
  dataDir: string;
  /** Starts node `index` anew at its port; the old one must be gone. */
  restartNode(index: number): Promise<void>;
  /** Makes every node give back what it does not need. */
  collectGarbage(): Promise<void>;
  stop(): Promise<void>;
}

const garbageWaitMs = 1_500;

/** Starts everything, on an empty database unless `dataDir` has one. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  mkdirSync(resultsFolder, { recursive: true });
  const cleanUp: (() => Promise<unknown> | undefined)[] = [];
  let stopped: Promise<void> | undefined;
  /** Whoever calls it second waits for the same. */
  const stop = () => {
    stopped ??= (async () => {
      for (const step of cleanUp.reverse()) await step();
    })();
    return stopped;
  };
  const dataDir = options.dataDir ?? mkdtempSync(join(resultsFolder, 'data-'));
  if (options.dataDir === undefined) cleanUp.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  try {
    const postgres = await providePostgres(options, dataDir);
    cleanUp.push(() => postgres.stop());
    const db = createDb({ url: postgres.url, name: 'nexo-lab', statementTimeoutMs: 0 });
    cleanUp.push(() => db.close());
    const redis = options.redis === true ? await startRedis() : null;
    if (redis !== null) cleanUp.push(() => redis.kill());
    if (options.pin === true) pinToCore(postgres.pid, 0);

    const startNode = async (port?: number) => {
      const server = await startServerProcess({
        databaseUrl: postgres.url,
        code: options.code ?? 'bundle',
        nodeArgs: nodeArgsOf(options),
        env: { LOG_LEVEL: 'warn', ...(redis === null ? {} : { REDIS_URL: redis.url }), ...options.env },
        ...(port === undefined ? {} : { port }),
      });
      if (options.pin === true) pinToCore(server.pid, 0);
      return server;
    };
    const nodes: ServerProcess[] = [];
    cleanUp.push(() => Promise.all(nodes.map((node) => node.stop())));
    for (let i = 0; i < (options.serve === false ? 0 : (options.nodes ?? 1)); i++) nodes.push(await startNode());
    return {
      nodes,
      postgresPid: postgres.pid,
      databaseUrl: postgres.url,
      redis,
      db,
      dataDir,
      async restartNode(index) {
        nodes[index] = await startNode(nodes[index]?.port);
      },
      async collectGarbage() {
        for (const node of nodes) process.kill(node.pid, 'SIGUSR2');
        await new Promise((resolve) => setTimeout(resolve, garbageWaitMs));
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function providePostgres({ databaseUrl }: SystemOptions, dataDir: string) {
  if (databaseUrl !== undefined) return { url: databaseUrl, pid: 0, stop: async () => {} };
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true });
  await migrate({ url: postgres.url });
  return postgres;
}

function nodeArgsOf({ profileFolder, garbageOnSignal }: SystemOptions): string[] {
  const args: string[] = [];
  if (profileFolder !== undefined) args.push('--cpu-prof', `--cpu-prof-dir=${profileFolder}`);
  if (garbageOnSignal === true)
    args.push('--expose-gc', '--import', fileURLToPath(new URL('./gc-on-signal.mjs', import.meta.url)));
  return args;
}
