import { createHash } from 'node:crypto';
import type { Db } from '@nexo/db';
import { newId } from '@nexo/shared';
import type { Said } from './write-history.ts';

/**
 * Appends messages that were said in the past, in one transaction: the lanes would stamp them with the present. Everything that
 * a send promises holds: numbers follow the locked head without a gap, senders have read their own, a doorbell row tells the
 * nodes. A history of the same name is written once: again it does nothing and answers false.
 */
export async function insertHistory(db: Db, conversationId: string, name: string, history: readonly Said[]): Promise<boolean> {
  if (history.length === 0) return false;
  return db.sql.begin(async (sql) => {
    const [head] = await sql<{ seq: number; change: number; countable: number }[]>`
      select seq, change, countable from heads where conversation_id = ${conversationId} for update`;
    if (head === undefined) throw new Error(`There is no conversation ${conversationId}`);
    const [written] = await sql`
      select 1 from messages
      where conversation_id = ${conversationId} and sender_id = ${history[0]?.senderId ?? ''}
        and client_message_id = ${stableId(`${name} 0`)}`;
    if (written !== undefined) return false;

    await sql`
      insert into messages (
        conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, reply_to, created_at, last_change)
      select
        ${conversationId}, ${head.seq}::bigint + t.n, t.id, t.sender_id, t.client_message_id, 'text',
        jsonb_build_object('type', 'text', 'text', t.text), true,
        ${head.countable}::bigint + t.n, ${head.seq}::bigint + t.reply_to, to_timestamp(t.sent_at / 1000), ${head.change}::bigint + t.n
      from unnest(
        ${history.map((_, i) => i + 1)}::bigint[],
        ${history.map(({ sentAt }) => newId(sentAt))}::uuid[],
        ${history.map(({ senderId }) => senderId)}::text[],
        ${history.map((_, i) => stableId(`${name} ${i}`))}::uuid[],
        ${history.map(({ text }) => text)}::text[],
        ${history.map(({ repliesTo }, i) => (repliesTo === undefined ? null : i + 1 - repliesTo))}::bigint[],
        ${history.map(({ sentAt }) => sentAt)}::float8[]
      ) as t (n, id, sender_id, client_message_id, text, reply_to, sent_at)`;
    const count = history.length;
    await sql`
      update heads set seq = seq + ${count}, change = change + ${count}, countable = countable + ${count}
      where conversation_id = ${conversationId}`;
    await sql`
      update members m set read_seq = last.seq, read_countable = last.countable_seq
      from (
        select distinct on (sender_id) sender_id, seq, countable_seq from messages
        where conversation_id = ${conversationId} and seq > ${head.seq} order by sender_id, seq desc
      ) last
      where m.conversation_id = ${conversationId} and m.user_id = last.sender_id and m.read_seq < last.seq`;
    const doorbell = { conversations: [{ id: conversationId, from: head.change + 1, to: head.change + count }], users: [] };
    await sql`insert into doorbells (heads) values (${JSON.stringify(doorbell)}::text::jsonb)`;
    return true;
  });
}

/** The same text makes the same id (a UUID of version 8). */
export function stableId(text: string): string {
  const hex = createHash('sha256').update(`nexo seed\n${text}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
