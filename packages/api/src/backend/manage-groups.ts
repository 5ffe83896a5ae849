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
  type MuteAllInput,
  type MuteMemberInput,
  type SetRoleInput,
  type TransferGroupInput,
  type UpdateGroupInput,
} from '@nexo/shared';
import type { BackendContext, UserContext } from '../context.ts';
import { createGroup } from '../groups/create-group.ts';
import { dismissGroup } from '../groups/dismiss-group.ts';
import { getGroup } from '../groups/get-group.ts';
import { inviteMembers } from '../groups/invite-members.ts';
import { kickMembers } from '../groups/kick-members.ts';
import { listMembers, type MemberPage } from '../groups/list-members.ts';
import { muteAll } from '../groups/mute-all.ts';
import { muteMember } from '../groups/mute-member.ts';
import { setRole } from '../groups/set-role.ts';
import { transferGroup } from '../groups/transfer-group.ts';
import { updateGroup } from '../groups/update-group.ts';
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

/** A group with its owner. Throws NOT_FOUND for what is no group, or one that nobody is in any more. */
export async function getGroupAs(ctx: BackendContext, input: GroupIdInput): Promise<GroupSummary> {
  const owner = await asOwner(ctx, input);
  return summary(await getGroup(owner, input), owner.session.userId);
}

/** The members of a group, by user id. Throws NOT_FOUND. */
export async function listMembersAs(ctx: BackendContext, input: ListMembersInput): Promise<MemberPage> {
  return listMembers(await asOwner(ctx, input), input);
}

/** Adds people in the name of the owner, who may. Throws what `groups.invite` throws. */
export async function addMembers(ctx: BackendContext, input: GroupMembersInput): Promise<{ addedUserIds: string[] }> {
  const { addedUserIds } = await inviteMembers(await asOwner(ctx, input), input);
  return { addedUserIds };
}

/**
 * Takes people out of a group in the name of the owner; who is not in it is passed over. Throws NOT_FOUND for what is no group,
 * FORBIDDEN when the owner is among them, GROUP_DISMISSED.
 */
export async function removeMembers(ctx: BackendContext, input: GroupMembersInput): Promise<{ removedUserIds: string[] }> {
  const stored = await findStoredIds(ctx.db.sql, input.userIds);
  const userIds = [...new Set(stored.values())];
  return kickMembers(await asOwner(ctx, input), { ...input, userIds });
}

/** Changes the profile and the rules of a group. Throws NOT_FOUND, and what `groups.update` throws. */
export async function updateGroupAs(ctx: BackendContext, input: UpdateGroupInput): Promise<GroupSummary> {
  const owner = await asOwner(ctx, input);
  return summary(await updateGroup(owner, input), owner.session.userId);
}

/** Makes a member an admin, or an admin a member. Throws NOT_FOUND, and what `groups.setRole` throws. */
export async function setRoleAs(ctx: BackendContext, input: SetRoleInput): Promise<void> {
  await setRole(await asOwner(ctx, input), { ...input, userId: await findPerson(ctx.db.sql, input.userId) });
}

/** Hands a group over to another member. Throws NOT_FOUND, and what `groups.transfer` throws. */
export async function transferGroupAs(ctx: BackendContext, input: TransferGroupInput): Promise<void> {
  await transferGroup(await asOwner(ctx, input), { ...input, userId: await findPerson(ctx.db.sql, input.userId) });
}

/** Keeps a member from writing for some time, or lets them again. Throws NOT_FOUND, and what `groups.muteMember` throws. */
export async function muteMemberAs(ctx: BackendContext, input: MuteMemberInput): Promise<{ mutedUntil: number | null }> {
  return muteMember(await asOwner(ctx, input), { ...input, userId: await findPerson(ctx.db.sql, input.userId) });
}

/** Lets only the owner and admins write, or everybody again. Throws NOT_FOUND, and what `groups.muteAll` throws. */
export async function muteAllAs(ctx: BackendContext, input: MuteAllInput): Promise<void> {
  await muteAll(await asOwner(ctx, input), input);
}

/** Ends a group for all of its members. Throws NOT_FOUND, and what `groups.dismiss` throws. */
export async function dismissGroupAs(ctx: BackendContext, input: GroupIdInput): Promise<void> {
  await dismissGroup(await asOwner(ctx, input), input);
}

/** The bag of who owns a group, and so may do everything in it. Throws NOT_FOUND. */
async function asOwner(ctx: BackendContext, { conversationId }: GroupIdInput): Promise<UserContext> {
  return actAs(ctx, await ownerOf(ctx.db.sql, conversationId));
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
