import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createActors } from '../src/start/seed/actors.ts';
import { people, seedPassword } from '../src/start/seed/people.ts';
import { seedDatabase } from '../src/start/seed/seed.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await seedDatabase(database.url);
}, 120_000);

afterAll(() => database[Symbol.asyncDispose]());

describe('the seeded world', () => {
  test('has 20 people who can log in, direct chats, groups and a conversation of 10,000 messages', async () => {
    const [found] = await database.db.sql<{ people: number; direct: number; groups: number; longest: number }[]>`
      select (select count(*) from users where kind = 'person') as people,
        (select count(*) from conversations where kind = 'direct') as direct,
        (select count(*) from groups) as groups,
        (select max(countable) from heads) as longest`;
    expect(found).toEqual({ people: 20, direct: 12, groups: 5, longest: 10_000 });
    await using actors = createActors(database.url);
    for (const person of people.slice(0, 2)) await actors.actor(person, seedPassword);
  });

  test('keeps every promise of a conversation: numbers without a gap, exact counts, ascending times', async () => {
    const broken = await database.db.sql`
      with counted as (
        select conversation_id, count(*) as messages, max(seq) as last, max(last_change) as change,
          count(*) filter (where countable) as countable, count(distinct id) as ids
        from messages group by conversation_id)
      select h.conversation_id, h.seq, h.change, h.countable, c.* from heads h left join counted c using (conversation_id)
      where h.seq <> coalesce(c.messages, 0) or h.seq <> coalesce(c.last, 0) or h.change <> coalesce(c.change, 0)
        or h.countable <> coalesce(c.countable, 0) or c.ids <> c.messages`;
    expect(broken).toEqual([]);
    const disordered = await database.db.sql`
      select * from (
        select conversation_id, seq, reply_to, created_at, countable_seq,
          lag(created_at) over w as before, (count(*) filter (where countable) over w)::int as counted
        from messages window w as (partition by conversation_id order by seq)) m
      where created_at < before or created_at > now() or countable_seq <> counted or reply_to >= seq or reply_to < 1`;
    expect(disordered).toEqual([]);
  });

  test('has unread counts that equal a recount, and some of them are not zero', async () => {
    await using actors = createActors(database.url);
    const alice = await actors.actor(people[0], seedPassword);
    const { items } = await alice.conversations.list({ limit: 100 });
    const unread = Object.fromEntries(items.map(({ title, me }) => [title, me.unread]));
    expect(unread).toMatchObject({ 'Harbour rebuild': 12, 'Bob Lindqvist': 2, 'Book club': 5, 'Carla Benedetti': 0 });
    const recounted = await database.db.sql<{ id: string; unread: number }[]>`
      select m.conversation_id as id, count(*) filter (where countable and seq > m.read_seq)::int as unread
      from members m join messages using (conversation_id) where m.user_id = 'alice' group by 1`;
    const byId = Object.fromEntries(recounted.map(({ id, unread }) => [id, unread]));
    expect(Object.fromEntries(items.map(({ id, me }) => [id, me.unread]))).toEqual(byId);
  });

  test('is refused, in words, where somebody of that name is there already', async () => {
    await using actors = createActors(database.url);
    await expect(actors.actor(people[0], 'another password')).rejects.toThrow(/There is a user alice already/);
  });

  test('is the same after seeding again', async () => {
    const counts = () => database.db.sql`
      select (select count(*) from users) as users, (select count(*) from messages) as messages,
        (select count(*) from conversations) as conversations, (select sum(read_countable) from members) as read,
        (select count(*) from sessions where revoked_at is null) as open`;
    const before = await counts();
    await seedDatabase(database.url);
    expect(await counts()).toEqual(before);
  });
});
