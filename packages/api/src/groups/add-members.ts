import { AppError } from '@nexo/shared';
import { namedMembers } from '../conversations/named-members.ts';
import { timeOf } from '../sql-time.ts';
import type { GroupChange } from './change-group.ts';
import { type MemberRow, memberColumns, memberView } from './member-views.ts';
import { settleRequests } from './settle-requests.ts';

/**
 * Adds people to a group and answers who was added; who is a member already stays as they are. Newcomers read from the next
 * message on, or everything, as the group's rules say; those who come back also what they could read before, but nothing that
 * they have cleared. `actorId`: by whom, or the newcomer when they came by themselves. Throws GROUP_FULL, and then nobody is added.
 */
export async function addMembers(change: GroupChange, userIds: readonly string[], actorId: string): Promise<string[]> {
  const added = await withoutMembers(change, userIds);
  if (added.length === 0) return [];
  const { conversationId } = change;
  const memberCount = await countIn(change, added.length);
  for (const row of await insertMembers(change, added)) {
    change.tell({ type: 'member.joined', conversationId, change: row.change, member: memberView(row), memberCount });
  }
  await change.say({ notice: 'member.joined', actorId, userIds: added });
  change.privately({ joined: added });
  await settleRequests(change, added, 'accepted');
  return added;
}

async function withoutMembers({ tx, conversationId }: GroupChange, userIds: readonly string[]): Promise<string[]> {
  const rows = await tx.sql<{ user_id: string }[]>`
    select m.user_id from ${namedMembers(tx.sql, conversationId, userIds)} where m.left_at is null`;
  const present = new Set(rows.map((row) => row.user_id));
  return userIds.filter((id) => !present.has(id));
}

async function countIn({ tx, head }: GroupChange, added: number): Promise<number> {
  const [group] = await tx.sql<{ member_count: number }[]>`
    update groups set member_count = member_count + ${added}, change = ${head.change + added}
    where conversation_id = ${head.conversationId} and member_count + ${added} <= max_members
    returning member_count`;
  if (group === undefined) throw new AppError('GROUP_FULL', { field: 'userIds' });
  return group.member_count;
}

/**
 * One change each, in the order given. Everything up to here counts as read: a newcomer begins with nothing unread. What somebody has
 * cleared before they left lies below what was visible to them, or below what they had read when nothing was any more.
 */
async function insertMembers(
  { ctx, tx, head, rules }: GroupChange,
  userIds: readonly string[],
): Promise<(MemberRow & { change: number })[]> {
  const before = head.change;
  head.change += userIds.length;
  const visibleFrom = rules.historyForNewcomers === 'all' ? 1 : head.seq + 1;
  const rows = await tx.sql<(MemberRow & { change: number })[]>`
    insert into members as m (conversation_id, user_id, role, visible, joined_at, read_seq, read_countable, change)
    select ${head.conversationId}, t.user_id, 'member', int8multirange(int8range(${visibleFrom}, null)),
      ${timeOf(tx.sql, ctx.clock.now())}, ${head.seq}, ${head.countable}, ${before} + t.place
    from unnest(${userIds as string[]}::text[]) with ordinality as t (user_id, place)
    on conflict (conversation_id, user_id) do update set
      role = 'member', left_at = null, left_group = null, joined_at = excluded.joined_at,
      visible = m.visible + excluded.visible * int8multirange(int8range(
        case when m.cleared_at is null then 1 else coalesce(lower(m.visible), m.read_seq + 1) end, null)),
      read_seq = excluded.read_seq, read_countable = excluded.read_countable, hidden_seq = null, change = excluded.change
    returning ${memberColumns(tx.sql)}, m.change`;
  return rows.sort((a, b) => a.change - b.change);
}
