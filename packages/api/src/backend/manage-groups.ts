import type { Sql } from '@nexo/db';
import {
  AppError,
  type ConversationView,
  type CreateGroupAsInput,
  type GroupIdInput,
  type GroupMembersInput,
  type GroupView,
  type Head,
  type ListMembersInput,
} from '@nexo/shared';
import type { BackendContext } from '../context.ts';
import { createGroup } from '../groups/create-group.ts';
import { getGroup } from '../groups/get-group.ts';
import { inviteMembers } from '../groups/invite-members.ts';
import { leaveGroup } from '../groups/leave-group.ts';
import { listMembers, type MemberPage } from '../groups/list-members.ts';
import { findStoredIds } from '../users/find-users.ts';
import { actAs } from './act-as.ts';
import { findPerson } from './find-person.ts';

/** A group without anybody's own side of it. */
export interface GroupSummary {
  conversationId: string;
  ownerId: string;
  group: GroupView;
  head: Head;
}

/** Makes a group that the named user owns. Throws what `groups.create` throws. */
export async function createGroupAs(ctx: BackendContext, input: CreateGroupAsInput): Promise<GroupSummary> {
  const { ownerId, ...rest } = input;
  const owner = await findPerson(ctx.db.sql, ownerId);
  return summary(await createGroup(actAs(ctx, owner), rest), owner);
}

/** Throws NOT_FOUND for what is no group, or one that nobody is in any more. */
export async function getGroupAs(ctx: BackendContext, input: GroupIdInput): Promise<GroupSummary> {
  const owner = await ownerOf(ctx.db.sql, input.conversationId);
  return summary(await getGroup(actAs(ctx, owner), input), owner);
}

/** The members of a group, by user id. Throws NOT_FOUND. */
export async function listMembersAs(ctx: BackendContext, input: ListMembersInput): Promise<MemberPage> {
  return listMembers(actAs(ctx, await ownerOf(ctx.db.sql, input.conversationId)), input);
}

/** Adds people in the name of the owner, who may. Throws what `groups.invite` throws. */
export async function addMembers(ctx: BackendContext, input: GroupMembersInput): Promise<{ addedUserIds: string[] }> {
  return inviteMembers(actAs(ctx, await ownerOf(ctx.db.sql, input.conversationId)), input);
}

/** Takes people out of a group, as if they left; who is not in it is left out. Throws NOT_FOUND for what is no group. */
export async function removeMembers(ctx: BackendContext, input: GroupMembersInput): Promise<{ removedUserIds: string[] }> {
  const { conversationId } = input;
  await ownerOf(ctx.db.sql, conversationId);
  const stored = await findStoredIds(ctx.db.sql, input.userIds);
  const removedUserIds: string[] = [];
  for (const userId of new Set(stored.values())) {
    try {
      await leaveGroup(actAs(ctx, userId), { conversationId });
      removedUserIds.push(userId);
    } catch (error) {
      const isOutside = error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN');
      if (!isOutside) throw error;
    }
  }
  return { removedUserIds };
}

/** In whose name a group is managed: its owner may do everything in it. Throws NOT_FOUND. */
async function ownerOf(sql: Sql, conversationId: string): Promise<string> {
  const [owner] = await sql<{ user_id: string }[]>`
    select m.user_id from groups g
    join members m on m.conversation_id = g.conversation_id and m.role = 'owner' and m.left_at is null
    where g.conversation_id = ${conversationId}`;
  if (owner === undefined) throw new AppError('NOT_FOUND', { message: 'No such group' });
  return owner.user_id;
}

function summary({ id, group, head }: ConversationView, ownerId: string): GroupSummary {
  if (group === undefined) throw new AppError('NOT_FOUND', { message: 'No such group' });
  return { conversationId: id, ownerId, group, head };
}
