import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { migrate } from '@nexo/db';
import { type EmbeddedPostgres, OperatorError, startEmbeddedPostgres } from '@nexo/db/embedded';

export interface Database {
  url: string;
  stop(): Promise<void>;
}

const restartPauseMs = 200;

/**
 * Starts PostgreSQL in the data folder and keeps it running on its port: when it dies, it is started again, and the server's
 * connections come back by themselves.
 */
export async function keepEmbeddedPostgres(dataDir: string, log: (line: string) => void): Promise<Database> {
  const folder = postgresFolder(dataDir);
  let stopped = false;
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir: folder, log });
  const { url, port } = postgres;
  const keeping = (async () => {
    for (;;) {
      await postgres.exited;
      if (stopped) return;
      log('PostgreSQL went away and is started again');
      postgres = await startAgain();
      // Asked to stop while it started: nobody knew of this one yet.
      if (stopped) return postgres.stop();
    }
  })();
  async function startAgain(): Promise<EmbeddedPostgres> {
    for (;;) {
      try {
        const again = await startEmbeddedPostgres({ dataDir: folder, port, log });
        if (again.port === port || stopped) return again;
        log(`Port ${port}, where the server looks for PostgreSQL, is in use by another program`);
        await again.stop();
      } catch (error) {
        log(error instanceof Error ? error.message : String(error));
      }
      await delay(restartPauseMs);
      if (stopped) return postgres;
    }
  }
  return {
    url,
    async stop() {
      stopped = true;
      await postgres.stop();
      await keeping;
    },
  };
}

/** Where the embedded PostgreSQL lies in the data folder. */
export function postgresFolder(dataDir: string): string {
  return join(dataDir, 'postgres');
}

/** Brings the database up to date. Throws OperatorError when it cannot be reached or used. */
export async function prepareDatabase(url: string, root: string): Promise<void> {
  try {
    await migrate({ url, folder: join(root, 'packages/db/migrations') });
  } catch (error) {
    if (isTooOld(error)) throw new OperatorError('DATABASE_URL leads to a PostgreSQL older than 17. Use a newer one.');
    const { host } = new URL(url);
    throw new OperatorError(
      `The database at ${host} cannot be used: ${reasonOf(error)}. Check DATABASE_URL, and that PostgreSQL runs there.`,
    );
  }
}

/** Each connection asks for `transaction_timeout`, which came with 17: an older one refuses it with undefined_object. */
function isTooOld(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '42704' && error.message.includes('transaction_timeout');
}

function reasonOf(error: unknown): string {
  // A host with several addresses fails with one error each, gathered in one without a message.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (error instanceof Error && error.cause instanceof Error) return `${error.message} (${error.cause.message})`;
  return error instanceof Error ? error.message : String(error);
}
