import type { Db } from '@nexo/db';

/** Rows of one statement: arrays much longer cost more than a second statement. */
const rowsAtOnce = 20_000;

/**
 * Adds people to a group by SQL as `groups.invite` does, a change each, but without a notice and without telling anybody: a group of a
 * hundred thousand is there in seconds. Nobody may be listening.
 */
export async function fillGroup(db: Db, conversationId: string, userIds: readonly string[]): Promise<void> {
  for (let at = 0; at < userIds.length; at += rowsAtOnce) {
    const some = userIds.slice(at, at + rowsAtOnce);
    await db.sql.begin(async (sql) => {
      const [head] = await sql<{ seq: number; change: number; countable: number }[]>`
        select seq, change, countable from heads where conversation_id = ${conversationId} for update`;
      if (head === undefined) throw new Error('There is no such group.');
      await sql`
        insert into members (conversation_id, user_id, visible, read_seq, read_countable, change)
        select ${conversationId}, t.user_id, int8multirange(int8range(${head.seq + 1}, null)), ${head.seq}, ${head.countable},
          ${head.change} + t.place
        from unnest(${some}::text[]) with ordinality as t (user_id, place)`;
      const change = head.change + some.length;
      await sql`update groups set member_count = member_count + ${some.length}, change = ${change} where conversation_id = ${conversationId}`;
      await sql`update heads set change = ${change} where conversation_id = ${conversationId}`;
    });
  }
}
