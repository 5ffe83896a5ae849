import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseKeyCommand, runKeyCommand } from '../src/start/key.ts';
import { httpClient, startTestServer } from './gateway/harness.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

/** What `npm run key -- …` prints, and the key and the id in it. */
async function key(...args: string[]) {
  const text = (await runKeyCommand(database.url, parseKeyCommand(args))).join('\n');
  return { text, key: /nxk_\S+/.exec(text)?.[0] ?? '', id: /[0-9a-f-]{36}/.exec(text)?.[0] ?? '' };
}

describe('the command for keys', () => {
  test('makes a key that the running server takes as a bearer token at once, and that it no longer takes once revoked', async () => {
    await using server = await startTestServer({ database });
    expect((await key('list')).text).toBe('There are no keys yet.');
    const made = await key('create', 'shop', '--scopes', 'users,messages');
    const client = httpClient(server.url, made.key);
    await client.backend.upsertUsers.mutate({ users: [{ userId: 'zoe' }] });
    const refused = { data: { nexo: { code: 'FORBIDDEN' } } };
    await expect(client.backend.mintSession.mutate({ userId: 'zoe', platform: 'web' })).rejects.toMatchObject(refused);
    await expect(client.users.me.query()).rejects.toMatchObject({ data: { nexo: { code: 'UNAUTHENTICATED' } } });
    const listed = await key('list');
    expect(listed.text).toMatch(/shop {2}\(users, messages\) {2}made .*, used /);
    expect(listed.text).not.toContain(made.key);
    expect((await key('revoke', listed.id)).text).toMatch(/Revoked/);
    const ask = client.backend.getUsers.query({ userIds: ['zoe'] });
    await expect(ask).rejects.toMatchObject({ data: { nexo: { code: 'UNAUTHENTICATED' } } });
    expect((await key('list')).text).toMatch(/revoked \d{4}-/);
    await expect(key('revoke', listed.id)).rejects.toThrow(/no such key, or it is revoked already/);
  });

  test('gives every scope when none is named', () => {
    expect(parseKeyCommand(['create', 'shop'])).toMatchObject({ name: 'shop', scopes: expect.arrayContaining(['groups']) });
    expect(parseKeyCommand(['create', 'shop', '--scopes=presence'])).toMatchObject({ scopes: ['presence'] });
  });

  test.each([
    [[], /Use: npm run key/],
    [['make', 'shop'], /Use: npm run key/],
    [['create'], /Use: npm run key/],
    [['create', '--scopes', 'users'], /Use: npm run key/],
    [['create', 'shop', '--scopes', 'everything'], /There is no scope "everything"/],
    [['create', 'shop', 'users'], /Use: npm run key/],
    [['create', 'x'.repeat(65)], /at most 64/],
    [['revoke'], /Use: npm run key/],
    [['revoke', 'shop'], /is no id of a key/],
    [['list', 'all'], /Use: npm run key/],
  ])('says of %j how it is used', (args, words) => {
    expect(() => parseKeyCommand(args)).toThrow(words);
  });
});
