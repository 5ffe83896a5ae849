import { randomUUID } from 'node:crypto';
import { createDb, type Sql } from '@nexo/db';
import { newId } from '@nexo/shared';
import { textOf } from '../load/schedule.ts';
import type { System } from '../load/system.ts';

/** Rows of one statement: what a full lane commits together. */
const batchRows = 256;
/** Statements under way, as the product has lanes on two cores. */
const writers = 2;
const conversations = 100;
const textBytes = 60;

/**
 * Rows a second that postgres.js and Postgres take of the very rows of the product (same table, same indexes), in batches by
 * `unnest`, each durable, with nothing around it.
 */
export async function runBareInsert(system: System, seconds: number): Promise<{ rowsPerSecond: number; rows: number }> {
  await system.db.sql`drop table if exists bare_messages`;
  await system.db.sql`create table bare_messages (like messages including all)`;
  const db = createDb({ url: system.databaseUrl, max: writers, name: 'bare-insert' });
  const ids = Array.from({ length: conversations }, () => randomUUID());
  const startedAt = performance.now();
  const endAt = startedAt + seconds * 1000;
  let rows = 0;
  try {
    const work = async (writer: number) => {
      for (let batch = 0; performance.now() < endAt; batch++) {
        await insertBatch(db.sql, ids, writer, batch);
        rows += batchRows;
      }
    };
    await Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));
    return { rowsPerSecond: Math.round(rows / ((performance.now() - startedAt) / 1000)), rows };
  } finally {
    await db.close();
    await system.db.sql`drop table bare_messages`;
  }
}

async function insertBatch(sql: Sql, conversationIds: readonly string[], writer: number, batch: number): Promise<void> {
  const places = Array.from({ length: batchRows }, (_, i) => (batch * writers + writer) * batchRows + i);
  await sql`
    insert into bare_messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq,
      created_at, last_change)
    select conversation_id, seq, id, 'load-00000', client_message_id, 'text', content::jsonb, true, seq, now(), seq
    from unnest(
      ${places.map((place) => conversationIds[place % conversationIds.length] ?? '')}::uuid[],
      ${places.map((place) => 1 + Math.floor(place / conversationIds.length))}::bigint[],
      ${places.map(() => newId())}::uuid[], ${places.map(() => newId())}::uuid[],
      ${places.map((place) => JSON.stringify({ type: 'text', text: textOf(place, textBytes) }))}::text[]
    ) as t (conversation_id, seq, id, client_message_id, content)`;
}
