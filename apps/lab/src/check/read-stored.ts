import type { Sql } from '@nexo/db';
import type { StoredHead, StoredMessage } from './history.ts';

/** Reads every message and the head of the given conversations by plain SQL, past all of the product's own code. */
export async function readStored(
  sql: Sql,
  conversationIds: readonly string[],
): Promise<{ stored: StoredMessage[]; heads: StoredHead[] }> {
  const stored: StoredMessage[] = [];
  const query = sql<StoredMessage[]>`
    select conversation_id as "conversationId", seq, sender_id as "senderId", client_message_id as "clientMessageId",
      case when type = 'text' then content ->> 'text' end as text, countable, countable_seq as "countableSeq",
      last_change as change
    from messages where conversation_id = any(${conversationIds as string[]}::uuid[])`;
  for await (const rows of query.cursor(10_000)) for (const row of rows) stored.push(row);
  const heads = await sql<StoredHead[]>`
    select conversation_id as "conversationId", seq, change, countable
    from heads where conversation_id = any(${conversationIds as string[]}::uuid[])`;
  return { stored, heads: [...heads] };
}
