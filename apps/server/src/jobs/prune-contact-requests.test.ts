import { createTestDatabase } from '@nexo/db/testing';
import { expect, test } from 'vitest';
import { pruneContactRequests } from './prune-contact-requests.ts';

test('K5 requests are removed when they expired long ago, answered or not; a client may still have the others', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const insert = (from: string, days: number, end: string | null) => sql`
    insert into contact_requests (from_id, to_id, sent_at, expires_at, ended_at, "end", from_change, to_change)
    values (${from}, 'ann', now(), now() + ${days} * interval '1 day', ${end === null ? null : sql`now()`}, ${end}, 1, 1)`;
  await insert('pending', 1, null);
  await insert('expired', -1, null);
  await insert('long expired', -8, null);
  await insert('refused', 1, 'refused');
  await insert('long refused', -8, 'refused');
  await pruneContactRequests(sql);
  const rows = await sql<{ from_id: string }[]>`select from_id from contact_requests order by from_id`;
  expect(rows.map((row) => row.from_id)).toEqual(['expired', 'pending', 'refused']);
});
