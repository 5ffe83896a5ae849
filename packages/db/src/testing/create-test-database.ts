import { inject } from 'vitest';
import { createDb, type Db } from '../create-db.ts';
import { templateDatabase } from './template.ts';

export interface TestDatabase extends AsyncDisposable {
  url: string;
  db: Db;
}

/**
 * Makes an empty, migrated database for the calling test file (about 30 ms), on the PostgreSQL that the project's global setup
 * started. Disposing closes `db` and drops the database, whoever is still connected.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('testPostgresUrl');
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  await asAdmin(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`);
  const url = new URL(adminUrl);
  url.pathname = name;
  const db = createDb({ url: url.href, name: 'test' });
  return {
    url: url.href,
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await asAdmin(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const admin = createDb({ url, max: 1, name: 'test-admin', statementTimeoutMs: 60_000 });
  try {
    await admin.sql.unsafe(statement);
  } finally {
    await admin.close();
  }
}
