import type { Sql } from '@nexo/db';

/**
 * Rows `m` of those of these people who are, or were, members of a conversation, to select from. Each is looked up by its key: as a
 * plain condition the planner may as well read all members that there are, for as long as it believes that they are few, and a group
 * that is being filled grows faster than that is found out.
 */
export function namedMembers(sql: Sql, conversationId: string, userIds: readonly string[]) {
  return sql`
    (select distinct user_id from unnest(${userIds as string[]}::text[]) as named (user_id)) t
    cross join lateral (
      select * from members x where x.conversation_id = ${conversationId} and x.user_id = t.user_id limit 1
    ) m`;
}
