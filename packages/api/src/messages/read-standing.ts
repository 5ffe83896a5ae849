import type { Sql } from '@nexo/db';
import { msOf } from '../sql-time.ts';
import type { GroupStanding } from './group-standing.ts';

/** How somebody stands in a group; undefined where it is none. After the head is locked it holds until the commit. */
export async function readStanding(sql: Sql, conversationId: string, userId: string): Promise<GroupStanding | undefined> {
  const [row] = await sql<GroupStanding[]>`
    select m.role, ${msOf(sql, sql`m.muted_until`)} as "mutedUntil", g.muted_all as "mutedAll",
      g.mention_all_by as "mentionAllBy", g.dismissed_at is not null as dismissed
    from members m join groups g on g.conversation_id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  return row;
}
