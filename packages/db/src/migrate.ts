import { fileURLToPath } from 'node:url';
import { migrate as run } from 'drizzle-orm/postgres-js/migrator';
import { createDb } from './create-db.ts';

/** Any number: it only has to be ours. */
const migrationLock = 7_306_001;

export interface MigrateOptions {
  url: string;
  /** Where the migrations lie, when the code was bundled away from them. */
  folder?: string;
}

/** Brings the database up to date. Nodes that start together take turns: the migrator itself takes no lock. */
export async function migrate(options: MigrateOptions): Promise<void> {
  const db = createDb({ url: options.url, max: 1, name: 'nexo-migrate', statementTimeoutMs: 0 });
  try {
    await db.sql`select set_config('lock_timeout', '0', false)`;
    await db.sql`select pg_advisory_lock(${migrationLock})`;
    const migrationsFolder = options.folder ?? fileURLToPath(new URL('../migrations', import.meta.url));
    await run(db.orm, { migrationsFolder });
  } finally {
    await db.close();
  }
}
