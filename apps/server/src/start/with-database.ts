import { resolve } from 'node:path';
import { runningPostgresUrl, startEmbeddedPostgres } from '@nexo/db/embedded';
import { readConfig } from '../env.ts';
import { postgresFolder, prepareDatabase } from './database.ts';
import type { SupervisorOptions } from './supervisor.ts';

/**
 * Does some work on the database of this installation, brought up to date. Beside a running Nexo it uses that one's PostgreSQL;
 * otherwise one is started for as long as it takes.
 */
export async function withDatabase<T>(options: Omit<SupervisorOptions, 'mode'>, work: (url: string) => Promise<T>): Promise<T> {
  const { step, log } = options;
  const config = readConfig(options.env);
  const folder = postgresFolder(resolve(options.root, config.dataDir));
  const known = config.databaseUrl ?? runningPostgresUrl(folder);
  const own = known === null ? await step('Starting PostgreSQL', () => startEmbeddedPostgres({ dataDir: folder, log })) : null;
  const url = known ?? own?.url ?? '';
  const onInterrupt = () => void (own?.stop() ?? Promise.resolve()).then(() => process.exit(130));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, onInterrupt);
  try {
    await step('Preparing the database', () => prepareDatabase(url, options.root));
    return await work(url);
  } finally {
    for (const signal of signals) process.off(signal, onInterrupt);
    await own?.stop();
  }
}
