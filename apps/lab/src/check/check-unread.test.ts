import { createTestDatabase } from '@nexo/db/testing';
import { expect, it } from 'vitest';
import { fillConversations } from '../load/seed-standing.ts';
import { seedOneGroup } from '../load/topology.ts';
import { checkUnread } from './check-unread.ts';

it('an unread count that a recount does not confirm is found, and only that one', async () => {
  await using database = await createTestDatabase();
  const { db } = database;
  const { users, conversations } = await seedOneGroup(db, 3);
  const ids = conversations.map(({ id }) => id);
  await fillConversations(db, ids, 7);
  await db.sql`update members set read_seq = 5, read_countable = 5 where user_id = ${users[1]?.id ?? ''}`;
  expect(await checkUnread(db.sql, ids)).toEqual([]);

  await db.sql`update members set read_countable = 4 where user_id = ${users[1]?.id ?? ''}`;
  const detail = `${users[1]?.id} has 2 unread messages, the product computes 3`;
  expect(await checkUnread(db.sql, ids)).toEqual([{ kind: 'miscounted', conversationId: ids[0], detail }]);
});
