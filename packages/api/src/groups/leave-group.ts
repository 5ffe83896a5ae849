import { AppError, type ConversationEvent, type GroupIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { tellMyself } from '../conversations/tell-myself.ts';
import { type LockedHead, type Tx, transact } from '../transact.ts';
import { insertNotice } from './insert-notice.ts';
import { type MemberRow, memberColumns, memberView } from './member-views.ts';

/**
 * Leaves a group: what was visible stays readable, nothing later comes. An owner who leaves hands over to the admin, or else
 * the member, who has been there longest. Throws NOT_FOUND, and FORBIDDEN for who left before or for what is no group.
 */
export async function leaveGroup(ctx: UserContext, input: GroupIdInput): Promise<void> {
  const { userId } = ctx.session;
  await transact(ctx, async (tx) => {
    const head = await tx.lockHead(input.conversationId);
    const access = await accessConversation(tx.sql, userId, input.conversationId, 'send');
    if (access.kind !== 'group') throw new AppError('FORBIDDEN', { message: 'Only a group can be left' });
    const from = head.change + 1;
    const events = [
      await removeMember(ctx, tx, head, access),
      ...(access.role === 'owner' ? await handOver(tx, head) : []),
      await insertNotice(ctx, tx, head, { type: 'notice', notice: 'member.left', actorId: userId, userIds: [userId] }),
    ];
    await tx.moveHead(head);
    tx.tell({ kind: 'conversation', conversationId: head.conversationId, from, to: head.change, events });
    await tellMyself(tx, head.conversationId, userId);
  });
}

/** Closes what the member may read before the notice of their leaving, which is for those who stay. */
async function removeMember(ctx: UserContext, tx: Tx, head: LockedHead, access: Access): Promise<ConversationEvent> {
  head.change += 1;
  const { conversationId, userId } = access;
  await tx.sql`
    update members set
      left_at = to_timestamp(${ctx.clock.now()}::float8 / 1000), change = ${head.change}, role = 'member',
      visible = visible * int8multirange(int8range(1, ${head.seq + 1}))
    where conversation_id = ${conversationId} and user_id = ${userId}`;
  const [group] = await tx.sql<{ member_count: number }[]>`
    update groups set member_count = member_count - 1, change = ${head.change}
    where conversation_id = ${conversationId} returning member_count`;
  return { type: 'member.left', conversationId, change: head.change, userId, memberCount: group?.member_count ?? 0 };
}

/** Nobody when the group is empty now. */
async function handOver(tx: Tx, head: LockedHead): Promise<ConversationEvent[]> {
  const change = head.change + 1;
  const { conversationId } = head;
  const [heir] = await tx.sql<MemberRow[]>`
    update members m set role = 'owner', change = ${change}
    where m.conversation_id = ${conversationId} and m.user_id = (
      select user_id from members
      where conversation_id = ${conversationId} and left_at is null
      order by (role = 'admin') desc, joined_at, user_id limit 1)
    returning ${memberColumns(tx.sql)}`;
  if (heir === undefined) return [];
  head.change = change;
  return [{ type: 'member.updated', conversationId, change, member: memberView(heir) }];
}
