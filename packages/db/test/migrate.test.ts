import { describe, expect, test } from 'vitest';
import { createDb } from '../src/create-db.ts';
import { migrate } from '../src/migrate.ts';
import { startTestPostgres } from '../src/testing/index.ts';

describe('migrating', () => {
  test('may be done again, and by several nodes at once', async () => {
    await using postgres = await startTestPostgres({ durable: false });
    const { url } = postgres;
    await Promise.all([migrate({ url }), migrate({ url }), migrate({ url })]);
    await migrate({ url });
    const db = createDb({ url, max: 1 });
    const [row] = await db.sql<{ systems: number; runs: number; distinct: number }[]>`
      select (select count(*) from system) as systems, count(*) as runs, count(distinct hash) as distinct from drizzle.__drizzle_migrations`;
    await db.close();
    expect(row?.systems).toBe(1);
    expect(row?.runs).toBe(row?.distinct);
  });
});
