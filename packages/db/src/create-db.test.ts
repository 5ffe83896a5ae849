import { expect, test } from 'vitest';
import { createTestDatabase } from './testing/index.ts';

const strings = [
  '',
  'a',
  'null',
  'NULL',
  '{}',
  '{"x"}',
  'a,b',
  'back\\slash',
  'quo"te',
  "apo'strophe",
  'two\nlines',
  ' blank ',
  '😀é中',
];

test('array parameters come to the database as they are: texts with every special character', async () => {
  await using database = await createTestDatabase();
  const rows = await database.db.sql<{ value: string }[]>`
    select value from unnest(${strings}::text[]) with ordinality as t (value, place) order by place`;
  expect(rows.map((row) => row.value)).toEqual(strings);
});

test('array parameters of numbers, uuids, floats and nulls', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const uuid = crypto.randomUUID();
  const [row] = await sql`
    select ${[1, 2 ** 52, null]}::bigint[] = array[1, ${2 ** 52}::bigint, null] as counters,
      ${[1, -2]}::int[] = array[1, -2] as ints,
      ${[0.5, null]}::float8[] = array[0.5, null]::float8[] as floats,
      ${[uuid]}::uuid[] = array[${uuid}::uuid] as uuids,
      ${[]}::text[] = '{}'::text[] as empty`;
  expect(row).toEqual({ counters: true, ints: true, floats: true, uuids: true, empty: true });
});

test('an array parameter of booleans goes as text', async () => {
  await using database = await createTestDatabase();
  const [row] = await database.db
    .sql`select ${['true', 'false', null]}::text[]::boolean[] = array[true, false, null] as booleans`;
  expect(row).toEqual({ booleans: true });
});

test('a bigint comes back as a number, a multirange as its text', async () => {
  await using database = await createTestDatabase();
  const [row] = await database.db.sql`select 9007199254740991::bigint as most, '{[1,5),[9,)}'::int8multirange::text as ranges`;
  expect(row).toEqual({ most: Number.MAX_SAFE_INTEGER, ranges: '{[1,5),[9,)}' });
});

test('a lock that is not had in time fails with 55P03, a long statement with 57014', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  await sql`create table one (id int primary key)`;
  await sql`insert into one values (1)`;
  await sql.begin(async (holder) => {
    await holder`select * from one for update`;
    const waiting = sql.begin(async (tx) => {
      await tx`set local lock_timeout = '50ms'`;
      await tx`select * from one for update`;
    });
    await expect(waiting).rejects.toMatchObject({ code: '55P03' });
  });
  const long = sql.begin(async (tx) => {
    await tx`set local statement_timeout = '50ms'`;
    await tx`select pg_sleep(60)`;
  });
  await expect(long).rejects.toMatchObject({ code: '57014' });
});
