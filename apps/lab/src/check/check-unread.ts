import type { Sql } from '@nexo/db';
import type { Finding } from './history.ts';

/** Members whose count may be wrong before the check stops listing them. */
const findingsMax = 20;

/**
 * Recounts by brute force what every member of the conversations has not read, and compares it with what the product computes
 * from two numbers (the head's count less the one at the read position).
 */
export async function checkUnread(sql: Sql, conversationIds: readonly string[]): Promise<Finding[]> {
  const wrong = await sql<{ id: string; user_id: string; computed: number; counted: number }[]>`
    with mine as (
      select m.conversation_id, m.user_id, m.read_seq, m.visible, greatest(0, h.countable - m.read_countable) as computed
      from members m join heads h on h.conversation_id = m.conversation_id
      where m.conversation_id = any(${conversationIds as string[]}::uuid[]) and m.left_at is null),
    -- Members who stand at one place have one count: a thousand of them do not need a thousand scans.
    places as materialized (
      select p.*, (select count(*) from messages x
        where x.conversation_id = p.conversation_id and x.seq > p.read_seq and x.countable and p.visible @> x.seq) as counted
      from (select distinct conversation_id, read_seq, visible from mine) p)
    select m.conversation_id as id, m.user_id, m.computed, p.counted
    from mine m join places p using (conversation_id, read_seq, visible)
    where m.computed <> p.counted limit ${findingsMax}`;
  return wrong.map(({ id, user_id: userId, computed, counted }) => ({
    kind: 'miscounted',
    conversationId: id,
    detail: `${userId} has ${counted} unread messages, the product computes ${computed}`,
  }));
}
