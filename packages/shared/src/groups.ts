import * as z from 'zod/mini';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import { limits } from './limits.ts';
import { oneLine, visible } from './text.ts';

export const roleSchema = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof roleSchema>;

/** Profile of a group as its members see it. */
export const groupViewSchema = z.object({
  name: z.string(),
  avatarUrl: z.optional(z.string()),
  introduction: z.optional(z.string()),
  memberCount: z.number(),
});
export type GroupView = z.infer<typeof groupViewSchema>;

/** A user in a conversation, as the other members see them. */
export const memberViewSchema = z.object({
  userId: userIdSchema,
  role: roleSchema,
  nickname: z.optional(z.string()),
  joinedAt: z.number(),
  /** Absent of who does not let others see what they have read. */
  readSeq: z.optional(seqSchema),
});
export type MemberView = z.infer<typeof memberViewSchema>;

const groupNameSchema = z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.groupNameMaxChars), oneLine, visible);

/** groups.create: the caller becomes the owner; `clientGroupId` makes a retry safe: the same id is the same group. */
export const createGroupInput = z.strictObject({
  name: groupNameSchema,
  memberIds: z.array(userIdSchema).check(z.maxLength(limits.groupCreateMaxMembers)),
  clientGroupId: z.optional(uuidSchema),
});
export type CreateGroupInput = z.infer<typeof createGroupInput>;

export const groupIdInput = z.strictObject({ conversationId: uuidSchema });
export type GroupIdInput = z.infer<typeof groupIdInput>;

/** groups.members, by user id ascending; `cursor` is the last user id of the page before. */
export const listMembersInput = z.strictObject({
  conversationId: uuidSchema,
  cursor: z.optional(userIdSchema),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type ListMembersInput = z.infer<typeof listMembersInput>;

/** groups.invite: adds people; those who are members already are left as they are. */
export const inviteInput = z.strictObject({
  conversationId: uuidSchema,
  userIds: z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.groupCreateMaxMembers)),
});
export type InviteInput = z.infer<typeof inviteInput>;
