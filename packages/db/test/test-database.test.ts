import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/index.ts';

describe('a test database', () => {
  test('is migrated, empty and apart from every other', async () => {
    await using one = await createTestDatabase();
    await using other = await createTestDatabase();
    await one.db.sql`insert into users (id, display_name) values ('alice', 'Alice')`;
    expect(await one.db.sql`select id from users where kind = 'person'`).toHaveLength(1);
    expect(await other.db.sql`select id from users where kind = 'person'`).toHaveLength(0);
  });
});
