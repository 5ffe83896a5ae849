import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDb, type Db, migrate } from '@nexo/db';
import { startEmbeddedPostgres } from '@nexo/db/embedded';
import { type ServerProcess, startServerProcess } from '../harness/server-process.ts';
import type { LoadOptions } from './options.ts';
import { pinToCore } from './processes.ts';

const labFolder = fileURLToPath(new URL('../../', import.meta.url));
/** Results stay; data is removed. Not under /tmp, which may be memory, where an fsync costs nothing. */
export const resultsFolder = join(labFolder, 'results');

/** What is measured: a Postgres with the settings of a fresh installation and the server that production runs. */
export interface System {
  server: ServerProcess;
  postgresPid: number;
  db: Db;
  dataDir: string;
  profileFolder: string | null;
  stop(): Promise<void>;
}

/** Starts everything on an empty database. */
export async function startSystem(options: LoadOptions, runName: string): Promise<System> {
  mkdirSync(resultsFolder, { recursive: true });
  const dataDir = mkdtempSync(join(resultsFolder, 'data-'));
  const profileFolder = options.profile ? join(resultsFolder, `${runName}-profile`) : null;
  const cleanUp: (() => Promise<void> | void)[] = [() => rmSync(dataDir, { recursive: true, force: true })];
  const stop = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    const postgres = await startEmbeddedPostgres({ dataDir, durable: true });
    cleanUp.push(() => postgres.stop());
    await migrate({ url: postgres.url });
    const db = createDb({ url: postgres.url, name: 'nexo-lab', statementTimeoutMs: 0 });
    cleanUp.push(() => db.close());
    const nodeArgs = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
    const server = await startServerProcess({ databaseUrl: postgres.url, code: 'bundle', nodeArgs });
    cleanUp.push(() => server.stop());
    if (options.pin) {
      pinToCore(postgres.pid, 0);
      pinToCore(server.pid, 0);
    }
    return { server, postgresPid: postgres.pid, db, dataDir, profileFolder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
