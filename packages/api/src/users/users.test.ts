import { schema } from '@nexo/db';
import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { rateLimitTable } from '../rate-limits.ts';
import { createWorld, type World } from '../testing/index.ts';

async function insertUsers(world: World, people: Record<string, string>): Promise<void> {
  const rows = Object.entries(people).map(([id, displayName]) => ({ id, displayName }));
  await world.services.db.orm.insert(schema.users).values(rows);
}

describe('users.get', () => {
  test('answers those that exist, by id, in their public view only', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    await insertUsers(world, { bob: 'Bob', Carol: 'Carol' });
    await world.services.db.orm.update(schema.users).set({ privateFields: { phone: '555' }, settings: { theme: 'dark' } });
    const { items } = await user.caller.users.get({ userIds: ['bob', 'nobody', 'Carol', 'bob', 'BOB'] });
    expect(items).toEqual([
      { id: 'Carol', displayName: 'Carol', kind: 'person' },
      { id: 'bob', displayName: 'Bob', kind: 'person' },
    ]);
  });

  test('is bounded', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const userIds = Array.from({ length: limits.usersGetMax + 1 }, (_, n) => `user${n}`);
    await expect(user.caller.users.get({ userIds })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(user.caller.users.get({ userIds: [] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('users.update', () => {
  test('changes what is named, clears what is null, leaves the rest, and tells all own sessions with the next number', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    world.heard.length = 0;
    const first = await user.caller.users.update({
      displayName: '  Alice L.  ',
      bio: 'down\nthe hole',
      avatarUrl: 'https://example.org/a.png',
    });
    expect(first).toEqual({
      id: 'alice',
      displayName: 'Alice L.',
      bio: 'down\nthe hole',
      avatarUrl: 'https://example.org/a.png',
      kind: 'person',
      presenceVisibleTo: 'everyone',
      readReceipts: true,
      messagesFrom: 'everyone',
      contactRequestsFrom: 'everyone',
      groupInvitesFrom: 'everyone',
    });
    const second = await user.caller.users.update({ bio: null });
    const { bio: _, ...withoutBio } = first;
    expect(second).toEqual(withoutBio);
    expect(await user.caller.users.me()).toEqual(second);
    expect(world.heard).toEqual([
      { kind: 'user', userId: 'alice', change: 2, events: [{ type: 'me.profile', userChange: 2, user: first }] },
      { kind: 'user', userId: 'alice', change: 3, events: [{ type: 'me.profile', userChange: 3, user: second }] },
    ]);
    expect(await world.services.db.orm.select().from(schema.userHeads)).toEqual([
      { userId: 'alice', change: 3, profileChange: 3 },
    ]);
  });

  test('what breaks the rules of a field, and fields that one may not set, are refused', async () => {
    await using world = await createWorld();
    const user = await world.user('alice');
    const refused = [
      { displayName: '   ' },
      { displayName: 'x'.repeat(65) },
      { displayName: 'two\u2028lines' },
      { displayName: '\u202Ebob' },
      { displayName: '\u200B\u3164\u2800' },
      { avatarUrl: 'javascript:alert(1)' },
      { avatarUrl: 'data:image/png;base64,AAAA' },
      { bio: 'x'.repeat(limits.bioMaxChars + 1) },
      { bio: 'a\0b' },
      { kind: 'admin' },
      { privateFields: {} },
    ];
    for (const input of refused) {
      const update = user.caller.users.update(input as object);
      await expect(update, JSON.stringify(input)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    for (const displayName of ['👩‍👩‍👧‍👦', 'می‌خواهم', 'a\u200Fb', 'Zoë ☕️']) {
      expect(await user.caller.users.update({ displayName })).toMatchObject({ displayName });
    }
  });
});

describe('users.search', () => {
  const people = {
    anna: 'Anna Lindqvist',
    'anna.b': 'Beata',
    bob: 'Bob Annan',
    Susanna: 'Sus',
    jürgenless: 'Jürgen Öst',
    under_score: 'U',
    underXscore: 'X',
    percent: '100% Wool',
    ann: 'Zed',
  };

  async function searcher(world: World) {
    const user = await world.user('me', { displayName: 'Anna Me' });
    const { jürgenless, ...rest } = people;
    await insertUsers(world, { ...rest, jurgen: jürgenless });
    return async (query: string, limit?: number) =>
      (await user.caller.users.search({ query, ...(limit !== undefined && { limit }) })).items.map((item) => item.id);
  }

  test('finds the beginning of an id or of a word of the name, case-blind: exact id, ids, names, oneself last', async () => {
    await using world = await createWorld();
    const search = await searcher(world);
    expect(await search('ann')).toEqual(['ann', 'anna', 'anna.b', 'bob', 'me']);
    expect(await search('ANN')).toEqual(['ann', 'anna', 'anna.b', 'bob', 'me']);
    expect(await search('  linD ')).toEqual(['anna']);
    expect(await search('anna l')).toEqual(['anna']);
    expect(await search('JÜR')).toEqual(['jurgen']);
    expect(await search('ö')).toEqual(['jurgen']);
    expect(await search('nna')).toEqual([]);
    expect(await search('a', 2)).toEqual(['anna', 'anna.b']);
  });

  test('characters that mean something in a pattern mean themselves', async () => {
    await using world = await createWorld();
    const search = await searcher(world);
    expect(await search('under_')).toEqual(['under_score']);
    expect(await search('100%')).toEqual(['percent']);
    expect(await search('%')).toEqual([]);
    expect(await search('_')).toEqual([]);
    expect(await search('\\')).toEqual([]);
    expect(await search("' or 1=1 --")).toEqual([]);
  });

  test('uses the trigram index', async () => {
    await using world = await createWorld();
    const plan = await world.services.db.sql.begin(async (sql) => {
      await sql`set local enable_seqscan = off`;
      return sql`explain select id from users where lower(id || ' ' || display_name) like lower(${'ann%'})
        or lower(id || ' ' || display_name) like lower(${'% ann%'})`;
    });
    expect(JSON.stringify(plan)).toContain('users_search');
  });

  test('is limited per user', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const user = await world.user('alice');
    for (let n = 0; n < rateLimitTable.searchPerUser.points * 0.1; n++) await user.caller.users.search({ query: 'x' });
    await expect(user.caller.users.search({ query: 'x' })).rejects.toMatchObject({ cause: { code: 'RATE_LIMITED' } });
  });
});

describe('users.update', () => {
  test('is limited per user', async () => {
    await using world = await createWorld({ rateLimitFactor: 0.1 });
    const user = await world.user('alice');
    for (let n = 0; n < rateLimitTable.updatePerUser.points * 0.1; n++) await user.caller.users.update({ bio: `${n}` });
    await expect(user.caller.users.update({ bio: 'x' })).rejects.toMatchObject({ cause: { code: 'RATE_LIMITED' } });
  });
});

test('presence.setAppState tells the gateway about the asking session', async () => {
  await using world = await createWorld();
  const user = await world.user('alice');
  await user.caller.presence.setAppState({ state: 'background' });
  expect(world.appStates).toEqual([{ sessionId: user.session.id, state: 'background' }]);
});
