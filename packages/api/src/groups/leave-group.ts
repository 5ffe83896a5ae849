import { AppError, type LeaveGroupInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readTarget } from './access-group.ts';
import { changeGroup, type GroupChange } from './change-group.ts';
import { changeMember } from './change-member.ts';
import { dismiss } from './dismiss-group.ts';
import { removeMembers } from './remove-members.ts';

/**
 * Leaves a group: what was visible stays readable, nothing later comes. An owner who leaves hands over to the one they name, or
 * else to the admin, or else the member, who has been there longest; where there is nobody, the group is
 * dismissed. Throws NOT_FOUND (group, or no such successor), FORBIDDEN for
 * who left before or for what is no group, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function leaveGroup(ctx: UserContext, input: LeaveGroupInput): Promise<void> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('groupPerUser', userId);
  await changeGroup(ctx, input.conversationId, 'leave', async (change) => {
    const isOwner = change.actor.role === 'owner';
    const { successorId } = input;
    if (successorId !== undefined) {
      if (!isOwner) throw new AppError('FORBIDDEN', { message: 'Only the owner can do this', reason: 'ownerOnly' });
      if (successorId === userId) throw new AppError('FORBIDDEN', { message: 'You cannot do this to yourself', reason: 'self' });
      await readTarget(change.tx.sql, change.conversationId, successorId);
    }
    await removeMembers(change, [userId]);
    const heir = isOwner ? (successorId ?? (await longestThere(change))) : undefined;
    if (heir !== undefined) await changeMember(change, heir, { role: 'owner' });
    await change.say({ notice: 'member.left', userIds: [userId] });
    // Nobody is left who could ever let somebody in.
    if (isOwner && heir === undefined) await dismiss(change);
  });
}

/** Admins before members. Only where there are none, the members are looked through. */
async function longestThere({ tx, conversationId }: GroupChange): Promise<string | undefined> {
  const [admin] = await tx.sql<{ user_id: string }[]>`
    select user_id from members where conversation_id = ${conversationId} and left_at is null and role <> 'member'
    order by joined_at, user_id limit 1`;
  if (admin !== undefined) return admin.user_id;
  const [member] = await tx.sql<{ user_id: string }[]>`
    select user_id from members where conversation_id = ${conversationId} and left_at is null
    order by joined_at, user_id limit 1`;
  return member?.user_id;
}
