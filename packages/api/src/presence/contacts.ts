import type { Sql } from '@nexo/db';
import { directConversationId } from '@nexo/shared';

/** `other` may be a contact of `owner`. */
export interface ContactPair {
  owner: string;
  other: string;
}

/**
 * For each pair whether `other` is a contact of `owner`: somebody to whom they have written in a direct conversation. The one place
 * that knows what a contact is.
 */
export async function areContacts(sql: Sql, pairs: readonly ContactPair[]): Promise<boolean[]> {
  if (pairs.length === 0) return [];
  const conversationIds = pairs.map(({ owner, other }) => directConversationId(owner, other));
  const owners = pairs.map(({ owner }) => owner);
  const rows = await sql<{ written: boolean }[]>`
    select exists (
      select 1 from messages m where m.conversation_id = t.conversation_id and m.sender_id = t.owner
    ) as written
    from unnest(${conversationIds}::uuid[], ${owners}::text[]) with ordinality as t (conversation_id, owner, place)
    order by t.place`;
  return rows.map((row) => row.written);
}
