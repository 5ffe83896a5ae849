import type { Sql } from '@nexo/db';

type Part = ReturnType<Sql>;

/** All are expressions of SQL: the conversation, the last change that is known, the last one that is wanted, and the seq at that one. */
interface Stretch {
  conversationId: Part;
  since: Part;
  upTo: Part;
  seq: Part;
}

/**
 * Messages that were sent or amended after one change and not after another, as a table. Each that was sent took a change of its own, so
 * those that were sent in between are among as many of the highest seqs: they are read by the primary key, and only what was sent earlier
 * and amended in between needs an index of its own.
 */
export function changedMessages(sql: Sql, { conversationId, since, upTo, seq }: Stretch): Part {
  const changedBetween = sql`conversation_id = ${conversationId} and last_change > ${since} and last_change <= ${upTo}`;
  const oldest = sql`${seq} - (${upTo} - ${since})`;
  return sql`(
    select * from messages where ${changedBetween} and seq > ${oldest}
    union all
    select * from messages where ${changedBetween} and seq <= ${oldest} and amended
  )`;
}
