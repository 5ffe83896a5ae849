import * as z from 'zod/mini';
import { userIdSchema } from './ids.ts';
import * as limits from './limits.ts';
import { doNotDisturbSchema } from './own-settings.ts';
import { oneLine, storable, visible } from './text.ts';

/** What anybody may see of a user. */
export const userViewSchema = z.object({
  id: userIdSchema,
  displayName: z.string(),
  avatarUrl: z.optional(z.string()),
  bio: z.optional(z.string()),
  kind: z.enum(['person', 'bot', 'system', 'admin']),
});
export type UserView = z.infer<typeof userViewSchema>;

/** Whom a setting lets in. Who hides their presence from others does not see theirs. */
export const audienceSchema = z.enum(['everyone', 'contacts', 'nobody']);
export type Audience = z.infer<typeof audienceSchema>;

/** What users see of themselves. */
export const myUserViewSchema = z.extend(userViewSchema, {
  presenceVisibleTo: audienceSchema,
  /** Whether others see what one has read. Who hides it does not see theirs. */
  readReceipts: z.boolean(),
  /** Who may write to them directly. */
  messagesFrom: audienceSchema,
  /** Who may ask them to become contacts; `contacts`: who has a contact in common with them. */
  contactRequestsFrom: audienceSchema,
  /** Who may add them to a group. */
  groupInvitesFrom: audienceSchema,
  doNotDisturb: z.optional(doNotDisturbSchema),
});
export type MyUserView = z.infer<typeof myUserViewSchema>;

export const displayNameSchema = z
  .string()
  .check(z.trim(), z.minLength(1), z.maxLength(limits.displayNameMaxChars), oneLine, visible);

/** A picture of a user or a group, anywhere on the web. */
export const avatarUrlSchema = z.url({ protocol: /^https?$/ }).check(z.maxLength(2048), storable);

/** users.get: unknown ids are simply absent from the answer. */
export const getUsersInput = z.strictObject({
  userIds: z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.usersGetMax)),
});
export type GetUsersInput = z.infer<typeof getUsersInput>;

/** users.update: absent fields stay as they are, null clears. */
export const updateUserInput = z.strictObject({
  displayName: z.optional(displayNameSchema),
  avatarUrl: z.optional(z.nullable(avatarUrlSchema)),
  bio: z.optional(z.nullable(z.string().check(z.maxLength(limits.bioMaxChars), storable))),
  presenceVisibleTo: z.optional(audienceSchema),
  readReceipts: z.optional(z.boolean()),
  messagesFrom: z.optional(audienceSchema),
  contactRequestsFrom: z.optional(audienceSchema),
  groupInvitesFrom: z.optional(audienceSchema),
  doNotDisturb: z.optional(z.nullable(z.strictObject({ untilAt: doNotDisturbSchema.shape.untilAt }))),
});
export type UpdateUserInput = z.infer<typeof updateUserInput>;

/** users.search by the beginning of an id or of a word of the name, case-blind. */
export const searchUsersInput = z.strictObject({
  query: z.string().check(z.trim(), z.minLength(1), z.maxLength(limits.searchQueryMaxChars), oneLine),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(50))),
});
export type SearchUsersInput = z.infer<typeof searchUsersInput>;
