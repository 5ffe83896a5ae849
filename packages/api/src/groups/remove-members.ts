import { type GroupRow, groupColumns } from '../conversations/group-view.ts';
import { timeOf } from '../sql-time.ts';
import type { GroupChange } from './change-group.ts';

/**
 * Ends the membership of present members: what was visible stays readable, nothing later comes. Each takes a change, in the order
 * given. A notice of it is to be written afterwards: it is for those who stay.
 */
export async function removeMembers(change: GroupChange, userIds: readonly string[]): Promise<void> {
  const { ctx, tx, head, conversationId } = change;
  const before = head.change;
  head.change += userIds.length;
  const [group] = await tx.sql<GroupRow[]>`
    update groups g set member_count = member_count - ${userIds.length}, change = ${head.change}
    where g.conversation_id = ${conversationId} returning ${groupColumns(tx.sql)}`;
  // They are there. Said as an insertion it goes by their keys, however many others are (`namedMembers`).
  await tx.sql`
    insert into members as m (conversation_id, user_id, change)
    select ${conversationId}, t.user_id, ${before} + t.place
    from unnest(${userIds as string[]}::text[]) with ordinality as t (user_id, place)
    on conflict (conversation_id, user_id) do update set
      left_at = ${timeOf(tx.sql, ctx.clock.now())}, change = excluded.change, role = 'member',
      left_group = ${JSON.stringify(group ?? null)}::text::jsonb,
      visible = m.visible * int8multirange(int8range(1, ${head.seq + 1}))`;
  const memberCount = group?.member_count ?? 0;
  for (const [index, userId] of userIds.entries()) {
    change.tell({ type: 'member.left', conversationId, change: before + 1 + index, userId, memberCount });
  }
  change.privately({ updated: userIds });
}
