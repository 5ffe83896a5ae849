import { expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusal, reportAll } from './scene.ts';

/** The ids of who is found in a group. */
function searcher(user: WorldUser, conversationId: string) {
  return async (query: string) =>
    (await user.caller.groups.members({ conversationId, query })).items.map((member) => member.userId);
}

/** So many people whose names begin with these words. */
async function addPeople(world: World, prefix: string, words: string, count: number): Promise<void> {
  await world.services.db.sql`
    insert into users (id, display_name) select ${prefix} || n, ${words} || ' ' || n from generate_series(1, ${count}::int) n`;
}

async function addMembers(world: World, conversationId: string, prefix: string): Promise<void> {
  await world.services.db.sql`
    insert into members (conversation_id, user_id, left_at)
    select ${conversationId}, id, null from users where starts_with(id, ${prefix})`;
}

/** Few who are called so are gathered by their names; of many the group is gone through. What is found is the same. */
for (const howMany of ['few', 'many'] as const) {
  test(`C11 of ${howMany} who are called so those are found who are members: by id, a word of a name, one's name in the group, or what one calls them`, async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave, erin] = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin', 'outside');
    const { sql } = world.services.db;
    if (howMany === 'many') {
      for (const word of ['Stone', 'Bo', 'ERI', '100%', 'Bosun', 'Un', 'ZÜ', 'mum'])
        await addPeople(world, `x${word}`, word, 1_100);
    }
    await sql`update users set display_name = 'Roberta Stone' where id = 'bob'`;
    await sql`update users set display_name = 'Ann_Stone Zürich 100%' where id = 'carol'`;
    await sql`update users set display_name = 'Stone outside' where id = 'outside'`;
    const id = await groupOf(alice, bob, carol, dave, erin);
    await dave.caller.groups.updateMember({ conversationId: id, nickname: 'The Bosun' });
    await sql`insert into contacts (owner_id, contact_id, remark, added_at, user_change) values ('alice', 'erin', 'Old Mum', now(), 1),
      ('alice', 'outside', 'Old Mum', now(), 2)`;
    const search = searcher(alice, id);
    expect(await search('stone')).toEqual(['bob']);
    expect(await search('  BO ')).toEqual(['bob', 'dave']);
    expect(await search('the bos')).toEqual(['dave']);
    expect(await search('eri')).toEqual(['erin']);
    expect(await search('mum')).toEqual(['erin']);
    expect(await searcher(bob, id)('mum')).toEqual([]);
    expect(await search('zü')).toEqual(['carol']);
    expect(await search('100%')).toEqual(['carol']);
    expect(await search('un')).toEqual([]);
    expect(await search('%')).toEqual([]);
    await bob.caller.groups.leave({ conversationId: id });
    expect(await search('bo')).toEqual(['dave']);
  });

  test(`C11 what is found of ${howMany} comes by pages, complete and without doubles`, async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    const id = await groupOf(alice);
    await addPeople(world, 'in', 'Bo', 57);
    await addMembers(world, id, 'in');
    if (howMany === 'many') await addPeople(world, 'out', 'Bo', 1_100);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const input = { conversationId: id, query: 'bo', limit: 10, ...(cursor == null ? {} : { cursor }) };
      const page = await alice.caller.groups.members(input);
      seen.push(...page.items.map((member) => member.userId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(57);
    expect(new Set(seen).size).toBe(57);
  });
}

test('C27 who may not see the members finds none of them either', async () => {
  await using world = await createWorld();
  const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
  const id = await groupOf(alice, bob, carol);
  await carol.caller.groups.leave({ conversationId: id });
  const search = (user: WorldUser) => searcher(user, id)('bo');
  expect(await search(bob)).toEqual(['bob']);
  expect(await refusal(search(dave))).toBe('NOT_FOUND');
  expect(await refusal(search(carol))).toBe('FORBIDDEN');
  await alice.caller.groups.update({ conversationId: id, membersVisibleTo: 'admins' });
  expect(await refusal(search(bob))).toBe('FORBIDDEN');
  expect(await search(alice)).toEqual(['bob']);
});

test('C11 a search is limited per user, turning the pages of all members is not', async () => {
  await using world = await createWorld({ rateLimitFactor: 0.1 });
  const alice = await world.user('alice');
  const id = await groupOf(alice);
  const search = searcher(alice, id);
  for (let n = 0; n < 6; n++) await search('x');
  expect(await refusal(search('x'))).toBe('RATE_LIMITED');
  expect((await alice.caller.groups.members({ conversationId: id })).items).toHaveLength(1);
});

test('C11 of ten thousand members a search reads those who are called so, and not the others', async () => {
  await using world = await createWorld({ rateLimitFactor: 10 });
  const alice = await world.user('alice');
  const id = await groupOf(alice);
  await addPeople(world, 'in', 'Somebody', 10_000);
  await addPeople(world, 'few', 'Needle', 20);
  await addPeople(world, 'out', 'Other', 90_000);
  await addMembers(world, id, 'in');
  await addMembers(world, id, 'few');
  const { sql } = world.services.db;
  await sql`analyze`;
  const search = searcher(alice, id);
  const before = await rowsRead(world);
  // More often than any connection plans a statement by what it asks for, if it is left alone.
  for (let n = 0; n < 200; n++) expect(await search('needle')).toHaveLength(20);
  expect((await rowsRead(world)) - before).toBeLessThan(200 * 200);
  const between = await rowsRead(world);
  // The first letter of everybody: a page of them.
  expect(await search('s')).toHaveLength(50);
  expect((await rowsRead(world)) - between).toBeLessThan(5_000);
});

/** Rows of people and members that were read so far, over whichever connection. */
async function rowsRead(world: World): Promise<number> {
  const { sql } = world.services.db;
  await reportAll(world);
  const [row] = await sql<{ read: number }[]>`
    select sum(idx_tup_fetch + seq_tup_read)::int as read from pg_stat_user_tables where relname in ('users', 'members')`;
  return row?.read ?? 0;
}
