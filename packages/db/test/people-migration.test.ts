import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/index.ts';

const folder = new URL('../migrations/', import.meta.url);
const statements = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split('--> statement-breakpoint'));
const statementWith = (words: string) => statements.find((statement) => statement.includes(words)) ?? '';

test('people who have written to each other are contacts from then on, and their clients learn it; others are not', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const both = '00000000-0000-7000-8000-000000000001';
  const oneWay = '00000000-0000-7000-8000-000000000002';
  const group = '00000000-0000-7000-8000-000000000003';
  await sql`insert into conversations (id, kind) values (${both}, 'direct'), (${oneWay}, 'direct'), (${group}, 'group')`;
  await sql`insert into user_heads (user_id, change) values ('alice', 7)`;
  const write = (id: string, seq: number, sender: string) => sql`
    insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
    values (${id}, ${seq}, gen_random_uuid(), ${sender}, gen_random_uuid(), 'text', '{"type":"text","text":"x"}', true, ${seq}, now(), ${seq})`;
  for (const [id, ...userIds] of [
    [both, 'alice', 'bob'],
    [oneWay, 'alice', 'carol'],
    [group, 'alice', 'dave'],
  ] as const) {
    for (const userId of userIds) await sql`insert into members (conversation_id, user_id) values (${id}, ${userId})`;
  }
  await write(both, 1, 'alice');
  await write(both, 2, 'bob');
  await write(both, 3, 'bob');
  await write(oneWay, 1, 'alice');
  await write(group, 1, 'alice');
  await write(group, 2, 'dave');
  await sql.unsafe(statementWith('INSERT INTO contacts'));
  expect(await sql`select owner_id, contact_id, user_change from contacts order by owner_id`).toEqual([
    { owner_id: 'alice', contact_id: 'bob', user_change: 8 },
    { owner_id: 'bob', contact_id: 'alice', user_change: 1 },
  ]);
  expect(await sql`select user_id, change from user_heads order by user_id`).toEqual([
    { user_id: 'alice', change: 8 },
    { user_id: 'bob', change: 1 },
  ]);
});

test('what was gone before it was kept as spans is so from then on', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const id = '00000000-0000-7000-8000-000000000001';
  // Two notices, which count nothing, stand between.
  const types = ['text', 'expired', 'revoked', 'notice', 'expired', 'text', 'expired', 'notice'];
  let countable = 0;
  for (const [i, type] of types.entries()) {
    const seq = i + 1;
    if (type !== 'notice') countable += 1;
    await sql`
      insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
      values (${id}, ${seq}, gen_random_uuid(), 'alice', gen_random_uuid(), ${type}, '{}', ${type !== 'notice'}, ${countable}, now(), ${seq})`;
  }
  await sql.unsafe(statementWith('INSERT INTO gone_spans'));
  expect(await sql`select "first", "last" from gone_spans where conversation_id = ${id} order by "last"`).toEqual([
    { first: 2, last: 4 },
    { first: 6, last: 6 },
  ]);
});

test('an older account with the id of the operator stops the migration with a sentence, whatever its case', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  for (const id of ['system', 'System']) {
    await sql`delete from users where lower(id) = 'system'`;
    await sql`insert into users (id, display_name) values (${id}, 'Somebody')`;
    await expect(sql.unsafe(statementWith('belongs to the operator'))).rejects.toThrow(`The account "${id}" has the id`);
  }
  await sql`delete from users where lower(id) = 'system'`;
  await sql.unsafe(statementWith('belongs to the operator'));
  await sql.unsafe(statementWith('INSERT INTO "users"'));
  expect(await sql`select id, kind from users`).toEqual([{ id: 'system', kind: 'system' }]);
});
