import { AppError, type ConversationEvent, type InviteInput } from '@nexo/shared';
import { refuseBlocked } from '../contacts/refuse-blocked.ts';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';
import { tellJoined } from '../conversations/tell-joined.ts';
import { type LockedHead, type Tx, transact } from '../transact.ts';
import { findUsers } from '../users/find-users.ts';
import { insertNotice } from './insert-notice.ts';
import { type MemberRow, memberColumns, memberView } from './member-views.ts';

/**
 * Adds people to a group; any member may. Newcomers read from the next message on, those who come back also what they could
 * read before. Who is a member already stays as they are. Answers who was added. Throws NOT_FOUND (group or one of the users),
 * FORBIDDEN (left, or no group), NOT_REACHABLE and BLOCKED_BY_YOU (a block between one of them and the caller), GROUP_FULL, RATE_LIMITED.
 */
export async function inviteMembers(ctx: UserContext, input: InviteInput): Promise<{ addedUserIds: string[] }> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('createPerUser', userId);
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(input.conversationId);
    await accessConversation(tx.sql, userId, input.conversationId, 'invite');
    const invited = await findUsers(tx.sql, input.userIds);
    const added = await withoutMembers(tx, head.conversationId, invited);
    await refuseBlocked(tx.sql, userId, added);
    if (added.length === 0) return { addedUserIds: [] };
    const memberCount = await countIn(tx, head, added.length);
    const from = head.change + 1;
    const events: ConversationEvent[] = [];
    const joined = await insertMembers(ctx, tx, head, added);
    for (const row of joined) {
      const { conversationId } = head;
      events.push({ type: 'member.joined', conversationId, change: row.change, member: memberView(row), memberCount });
    }
    events.push(await insertNotice(ctx, tx, head, { type: 'notice', notice: 'member.joined', actorId: userId, userIds: added }));
    await tx.moveHead(head);
    tx.tell({ kind: 'conversation', conversationId: head.conversationId, from, to: head.change, events });
    await tellJoined(tx, head.conversationId, added);
    return { addedUserIds: added };
  });
}

async function withoutMembers(tx: Tx, conversationId: string, userIds: readonly string[]): Promise<string[]> {
  const rows = await tx.sql<{ user_id: string }[]>`
    select user_id from members
    where conversation_id = ${conversationId} and left_at is null and user_id = any(${userIds as string[]}::text[])`;
  const present = new Set(rows.map((row) => row.user_id));
  return userIds.filter((id) => !present.has(id));
}

async function countIn(tx: Tx, head: LockedHead, added: number): Promise<number> {
  const [group] = await tx.sql<{ member_count: number }[]>`
    update groups set member_count = member_count + ${added}, change = ${head.change + added}
    where conversation_id = ${head.conversationId} and member_count + ${added} <= max_members
    returning member_count`;
  if (group === undefined) throw new AppError('GROUP_FULL', { field: 'userIds' });
  return group.member_count;
}

/** One change each, in the order given. Everything up to here counts as read: a newcomer begins with nothing unread. */
async function insertMembers(
  ctx: UserContext,
  tx: Tx,
  head: LockedHead,
  userIds: readonly string[],
): Promise<(MemberRow & { change: number })[]> {
  const first = head.change + 1;
  head.change += userIds.length;
  const rows = await tx.sql<(MemberRow & { change: number })[]>`
    insert into members as m (conversation_id, user_id, role, visible, joined_at, read_seq, read_countable, change)
    select ${head.conversationId}, t.user_id, 'member', int8multirange(int8range(${head.seq + 1}, null)),
      to_timestamp(${ctx.clock.now()}::float8 / 1000), ${head.seq}, ${head.countable}, ${first - 1} + t.place
    from unnest(${userIds as string[]}::text[]) with ordinality as t (user_id, place)
    on conflict (conversation_id, user_id) do update set
      role = 'member', left_at = null, visible = m.visible + excluded.visible, joined_at = excluded.joined_at,
      read_seq = excluded.read_seq, read_countable = excluded.read_countable, hidden_seq = null, change = excluded.change
    returning ${memberColumns(tx.sql)}, m.change`;
  return rows.sort((a, b) => a.change - b.change);
}
