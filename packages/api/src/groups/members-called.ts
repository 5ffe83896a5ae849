import type { Sql } from '@nexo/db';
import type { Access } from '../conversations/access.ts';
import { hasWordLike } from '../users/name-patterns.ts';

/** More people than this who are called so are not gathered by their names. */
const gatheredMax = 1_000;

/** The very expression of the trigram index. */
const nameOf = (sql: Sql) => sql`lower(u.id || ' ' || u.display_name)`;

/** Everybody whose id or name is like the query; null when they are too many to be gathered. */
export async function idsCalled(sql: Sql, query: string): Promise<string[] | null> {
  const rows = await sql<{ id: string }[]>`
    select u.id from users u where ${hasWordLike(sql, nameOf(sql), query)} limit ${gatheredMax + 1}`;
  return rows.length > gatheredMax ? null : rows.map(({ id }) => id);
}

/**
 * Rows `m` of who is, or was, a member and is called like the query, to select from: by their id, any word of their name everywhere or
 * in this group, or of what the asker calls them. `called` is what `idsCalled` says of it.
 *
 * Few are found by their names, and then looked up among the members. When half the world is called so, which is so after the first
 * letter, the members are gone through by user id: then the first ones are soon found.
 */
export function membersCalled(sql: Sql, { conversationId, userId }: Access, query: string, called: string[] | null) {
  const nicknamed = hasWordLike(sql, sql`lower(x.nickname)`, query);
  const remarked = sql`
    select c.contact_id from contacts c where c.owner_id = ${userId} and ${hasWordLike(sql, sql`lower(c.remark)`, query)}`;
  if (called === null) {
    return sql`
      (select x.* from members x cross join lateral (select u.id, u.display_name from users u where u.id = x.user_id limit 1) u
        where x.conversation_id = ${conversationId}
          and (${hasWordLike(sql, nameOf(sql), query)} or ${nicknamed} or x.user_id = any(array(${remarked})))) m`;
  }
  return sql`
    (select unnest(${called}::text[]) as user_id
      union select x.user_id from members x
        where x.conversation_id = ${conversationId} and x.nickname is not null and ${nicknamed}
      union ${remarked}) t
    cross join lateral (
      select * from members x where x.conversation_id = ${conversationId} and x.user_id = t.user_id limit 1
    ) m`;
}
