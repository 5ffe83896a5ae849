import * as z from 'zod/mini';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { oneLine, storable, visible } from './text.ts';
import { avatarUrlSchema } from './users.ts';

export const roleSchema = z.enum(['owner', 'admin', 'member']);
export type Role = z.infer<typeof roleSchema>;

/** For whom a rule of a group lets something: every member, or the owner and admins. */
export const groupAudienceSchema = z.enum(['everyone', 'admins']);
export type GroupAudience = z.infer<typeof groupAudienceSchema>;

/** What a group allows. */
export const groupRulesSchema = z.object({
  /** Who is not a member may join at once, may apply, or has to be invited. */
  joinMode: z.enum(['free', 'approval', 'invitation']),
  /** Whom a member invites joins at once, is let in by an admin, or only admins invite. Whom an admin invites joins at once. */
  invitations: z.enum(['free', 'approval', 'admins']),
  /** Who sees who the members are. */
  membersVisibleTo: groupAudienceSchema,
  /** Who may ask another member to become a contact, when the group is all they share. */
  contactsBy: groupAudienceSchema,
  mentionAllBy: groupAudienceSchema,
  /** What newcomers may read: everything ever said, or what comes from their joining on. */
  historyForNewcomers: z.enum(['all', 'fromJoining']),
  /** Only the owner and admins write. */
  mutedAll: z.boolean(),
});
export type GroupRules = z.infer<typeof groupRulesSchema>;

/** How many a group takes: the numbers are the operator's to set. */
export const groupSizeSchema = z.enum(['normal', 'large']);
export type GroupSize = z.infer<typeof groupSizeSchema>;

/** Values of a developer's own, by name. */
const groupFieldsSchema = z.record(z.string(), z.string());

/** Profile and rules of a group as its members see it. */
export const groupViewSchema = z.object({
  name: z.string(),
  avatarUrl: z.optional(z.string()),
  introduction: z.optional(z.string()),
  /** Absent for who has left. */
  announcement: z.optional(z.string()),
  /** Absent when there are none, and for who has left. */
  fields: z.optional(groupFieldsSchema),
  memberCount: z.number(),
  maxMembers: z.optional(z.number()),
  /** Absent from a server that does not know of rules: see `rulesOf`. */
  rules: z.optional(groupRulesSchema),
  /** Set when the group was dismissed: what was said stays readable, nothing else can be done. */
  dismissedAt: z.optional(z.number()),
});
export type GroupView = z.infer<typeof groupViewSchema>;

/** A user in a conversation, as the other members see them. */
export const memberViewSchema = z.object({
  userId: userIdSchema,
  role: roleSchema,
  nickname: z.optional(z.string()),
  /** Cannot write before this time; it may be past. */
  mutedUntil: z.optional(z.number()),
  joinedAt: z.number(),
  /** In `groups.members` alone; absent of who does not let others see what they have read, and to who does not. */
  readSeq: z.optional(seqSchema),
});
export type MemberView = z.infer<typeof memberViewSchema>;

const groupNameSchema = z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.groupNameMaxChars), oneLine, visible);

export const groupIdInput = z.strictObject({ conversationId: uuidSchema });
export type GroupIdInput = z.infer<typeof groupIdInput>;

/**
 * groups.members, by user id ascending; of these users those who are, or those whose id, or any word of whose name, begins like the
 * query, case-blind: the name they have everywhere, the one in the group, and what the caller calls them. `cursor` is the last user id
 * of the page before.
 */
export const listMembersInput = z.strictObject({
  conversationId: uuidSchema,
  userIds: z.optional(z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.pageMax))),
  query: z.optional(z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.searchQueryMaxChars), oneLine)),
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

/** groups.invite: who is in it now, and for whom an admin has to decide first. */
export const inviteResultSchema = z.object({ addedUserIds: z.array(userIdSchema), requestedUserIds: z.array(userIdSchema) });
export type InviteResult = z.infer<typeof inviteResultSchema>;

const fieldNameSchema = z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/));
const noteSchema = z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.groupNoteMaxChars), oneLine, visible);

const introductionSchema = z.string().check(z.maxLength(limits.groupIntroductionMaxChars), storable);
const fieldsSchema = z.pipe(
  // A record leaves this one name out without a word.
  z.transform((fields: unknown, { issues }) => {
    if (typeof fields === 'object' && fields !== null && Object.hasOwn(fields, '__proto__')) {
      issues.push({ code: 'custom', message: 'no field is called __proto__', input: fields });
    }
    return fields;
  }),
  z
    .record(fieldNameSchema, z.string().check(z.maxLength(limits.groupFieldMaxChars), storable))
    .check(z.refine((fields) => Object.keys(fields).length <= limits.groupFieldsMax, 'too many fields')),
);

/** The rules that a group is given; muting all is a verb of its own. */
const ruleInputs = {
  joinMode: z.optional(groupRulesSchema.shape.joinMode),
  invitations: z.optional(groupRulesSchema.shape.invitations),
  membersVisibleTo: z.optional(groupAudienceSchema),
  contactsBy: z.optional(groupAudienceSchema),
  mentionAllBy: z.optional(groupAudienceSchema),
  historyForNewcomers: z.optional(groupRulesSchema.shape.historyForNewcomers),
};

/** groups.create: the caller becomes the owner; `clientGroupId` makes a retry safe: the same id is the same group. */
export const createGroupInput = z.strictObject({
  name: groupNameSchema,
  memberIds: z.array(userIdSchema).check(z.maxLength(limits.groupCreateMaxMembers)),
  clientGroupId: z.optional(uuidSchema),
  size: z.optional(groupSizeSchema),
  avatarUrl: z.optional(avatarUrlSchema),
  introduction: z.optional(introductionSchema),
  fields: z.optional(fieldsSchema),
  ...ruleInputs,
});
export type CreateGroupInput = z.infer<typeof createGroupInput>;

/** groups.update: absent fields stay as they are, null clears; `fields` are replaced as a whole. Larger, never smaller. */
export const updateGroupInput = z.strictObject({
  conversationId: uuidSchema,
  name: z.optional(groupNameSchema),
  avatarUrl: z.optional(z.nullable(avatarUrlSchema)),
  introduction: z.optional(z.nullable(introductionSchema)),
  announcement: z.optional(z.nullable(z.string().check(z.maxLength(limits.groupAnnouncementMaxChars), storable))),
  fields: z.optional(z.nullable(fieldsSchema)),
  ...ruleInputs,
  size: z.optional(z.literal('large')),
});
export type UpdateGroupInput = z.infer<typeof updateGroupInput>;

/** groups.leave: an owner may name who inherits; else it is the admin, or else the member, who has been there longest. */
export const leaveGroupInput = z.strictObject({ conversationId: uuidSchema, successorId: z.optional(userIdSchema) });
export type LeaveGroupInput = z.infer<typeof leaveGroupInput>;

/** groups.kick: who is no member any more is passed over. */
export const kickInput = z.strictObject({
  conversationId: uuidSchema,
  userIds: z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.groupKickMaxMembers)),
});
export type KickInput = z.infer<typeof kickInput>;

/** groups.setRole: an owner is made by `groups.transfer`. */
export const setRoleInput = z.strictObject({
  conversationId: uuidSchema,
  userId: userIdSchema,
  role: z.enum(['admin', 'member']),
});
export type SetRoleInput = z.infer<typeof setRoleInput>;

/** groups.transfer: the owner becomes an admin. */
export const transferGroupInput = z.strictObject({ conversationId: uuidSchema, userId: userIdSchema });
export type TransferGroupInput = z.infer<typeof transferGroupInput>;

/** groups.muteMember: for so long from now, by the server's clock; null ends it. */
export const muteMemberInput = z.strictObject({
  conversationId: uuidSchema,
  userId: userIdSchema,
  forMs: z.nullable(z.int().check(z.minimum(1_000), z.maximum(limits.muteMaxMs))),
});
export type MuteMemberInput = z.infer<typeof muteMemberInput>;

export const muteAllInput = z.strictObject({ conversationId: uuidSchema, muted: z.boolean() });
export type MuteAllInput = z.infer<typeof muteAllInput>;

/** groups.updateMember: the name somebody bears in this group; by default one's own. Null: the name they have everywhere. */
export const updateMemberInput = z.strictObject({
  conversationId: uuidSchema,
  userId: z.optional(userIdSchema),
  nickname: z.nullable(z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.displayNameMaxChars), oneLine, visible)),
});
export type UpdateMemberInput = z.infer<typeof updateMemberInput>;

const linkCodeSchema = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/, 'a code of an invitation link'));

/** A group by its id, for who has it, or by the code of an invitation link: one of them. */
const groupDoor = { conversationId: z.optional(uuidSchema), code: z.optional(linkCodeSchema) };

/** groups.preview: what somebody sees of a group that they may join or apply to. */
export const previewGroupInput = z.strictObject(groupDoor);
export type PreviewGroupInput = z.infer<typeof previewGroupInput>;

export const groupPreviewSchema = z.object({
  conversationId: uuidSchema,
  name: z.string(),
  avatarUrl: z.optional(z.string()),
  introduction: z.optional(z.string()),
  memberCount: z.number(),
  /** What `groups.join` would do. */
  joining: z.enum(['member', 'joins', 'applies', 'applied']),
});
export type GroupPreview = z.infer<typeof groupPreviewSchema>;

/** groups.join: joins, or applies with a message to the admins. */
export const joinGroupInput = z.strictObject({ ...groupDoor, message: z.optional(noteSchema) });
export type JoinGroupInput = z.infer<typeof joinGroupInput>;

/** Somebody who waits to be let into a group. */
export const groupRequestSchema = z.object({
  conversationId: uuidSchema,
  userId: userIdSchema,
  message: z.optional(z.string()),
  /** The member who invited them; absent when they applied themselves. */
  inviterId: z.optional(userIdSchema),
  requestedAt: z.number(),
});
export type GroupRequest = z.infer<typeof groupRequestSchema>;

/** groups.requests: those that the caller may decide, the oldest first; of one group, or of all that they manage. */
export const listRequestsInput = z.strictObject({
  conversationId: z.optional(uuidSchema),
  cursor: z.optional(z.string().check(z.maxLength(160))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type ListRequestsInput = z.infer<typeof listRequestsInput>;

/** groups.respond: who is let in is a member from then on; who is refused may apply again. */
export const respondToRequestInput = z.strictObject({ conversationId: uuidSchema, userId: userIdSchema, accept: z.boolean() });
export type RespondToRequestInput = z.infer<typeof respondToRequestInput>;

/** An application of one's own, and what became of it. The newest first. */
export const myGroupRequestSchema = z.object({
  conversationId: uuidSchema,
  groupName: z.string(),
  status: z.enum(['pending', 'accepted', 'refused']),
  requestedAt: z.number(),
  handledAt: z.optional(z.number()),
});
export type MyGroupRequest = z.infer<typeof myGroupRequestSchema>;

/** groups.createLink: good for so long and for so many joinings; without, for ever and for any number. */
export const createLinkInput = z.strictObject({
  conversationId: uuidSchema,
  expiresInMs: z.optional(z.int().check(z.minimum(60_000), z.maximum(limits.groupLinkMaxMs))),
  maxUses: z.optional(z.int().check(z.minimum(1), z.maximum(limits.groupLinkMaxUses))),
  /** Who comes by it is let in by an admin. */
  approval: z.optional(z.boolean()),
});
export type CreateLinkInput = z.infer<typeof createLinkInput>;

/** A link by which people come into a group; whoever knows the code may use it. */
export const groupLinkSchema = z.object({
  code: linkCodeSchema,
  conversationId: uuidSchema,
  createdBy: userIdSchema,
  createdAt: z.number(),
  expiresAt: z.optional(z.number()),
  maxUses: z.optional(z.number()),
  uses: z.number(),
  approval: z.boolean(),
});
export type GroupLink = z.infer<typeof groupLinkSchema>;

export const revokeLinkInput = z.strictObject({ conversationId: uuidSchema, code: linkCodeSchema });
export type RevokeLinkInput = z.infer<typeof revokeLinkInput>;
