import { createPinnedConnection, type Sql } from '@nexo/db';
import { createTestDatabase } from '@nexo/db/testing';
import { newId } from '@nexo/shared';
import { expect, it, onTestFinished } from 'vitest';
import { createLanes, LocalBus, laneSettings } from '../src/index.ts';

const conversations = 40;
const messagesEach = 500;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

it('a lane that planned its statements on a nearly empty table reads a few rows for a send, however large the table has grown', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const ids = Array.from({ length: conversations }, () => newId());
  await sql`insert into conversations (id, kind) select id, 'group' from unnest(${ids}::uuid[]) as t (id)`;
  await sql`insert into heads (conversation_id) select id from unnest(${ids}::uuid[]) as t (id)`;
  await sql`insert into members (conversation_id, user_id) select id, 'alice' from unnest(${ids}::uuid[]) as t (id)`;

  const connection = createPinnedConnection({ url: database.url, settings: laneSettings });
  const lanes = createLanes({ connections: [connection], bus: new LocalBus(silent), clock: { now: () => Date.now() }, newId });
  onTestFinished(async () => {
    await lanes.close();
    await connection.close();
  });
  const sendToAll = (replyTo?: number) =>
    Promise.all(
      ids.map((conversationId) => {
        const input = { conversationId, clientMessageId: newId(), content: { type: 'text' as const, text: 'hello' } };
        return lanes.send('alice', replyTo === undefined ? input : { ...input, replyTo });
      }),
    );

  await sendToAll();
  // What autovacuum does to a young installation within its first minute.
  await sql`analyze`;
  await sendToAll(1);
  await sql`
    insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
    select id, seq, gen_random_uuid(), 'bob', gen_random_uuid(), 'text', '{"type":"text","text":"x"}', true, seq, now(), seq
    from unnest(${ids}::uuid[]) as t (id), generate_series(3, ${messagesEach}::int) as seq`;
  await sql`update heads set seq = ${messagesEach}, change = ${messagesEach}, countable = ${messagesEach}`;

  const before = await rowsRead(sql);
  await sendToAll(2);
  await sendToAll();
  await connection.run((lane) => lane`select pg_stat_force_next_flush()`);
  expect((await rowsRead(sql)) - before).toBeLessThan(ids.length * 20);
});

/** Index entries that were read of all partitions so far, as far as it has been reported. */
async function rowsRead(sql: Sql): Promise<number> {
  const [row] = await sql<{ read: number }[]>`
    select coalesce(sum(idx_tup_read), 0)::int as read from pg_stat_user_indexes where relname like 'messages%'`;
  return row?.read ?? 0;
}
