import type { Sql } from '@nexo/db';

type Part = ReturnType<Sql>;

/**
 * All are expressions of SQL: the conversation, the last change that is known, the last one by which messages were sent that are wanted,
 * and the seq at that one.
 */
interface Stretch {
  conversationId: Part;
  since: Part;
  upTo: Part;
  seq: Part;
}

/**
 * Messages that were sent or amended after one change, as a table. Each that was sent took a change of its own, so those that were sent
 * up to another change are among as many of the highest seqs at that one: they are read by the primary key, and only what was sent earlier
 * and amended since needs an index of its own. What was amended later than that other change is among them: who has left is told of
 * what was revoked afterwards. Who asks leaves out the seqs that are not to be seen.
 */
export function changedMessages(sql: Sql, { conversationId, since, upTo, seq }: Stretch): Part {
  const changed = sql`conversation_id = ${conversationId} and last_change > ${since}`;
  const oldest = sql`${seq} - (${upTo} - ${since})`;
  return sql`(
    select * from messages where ${changed} and seq > ${oldest}
    union all
    select * from messages where ${changed} and seq <= ${oldest} and amended
  )`;
}
