import * as z from 'zod/mini';
import { deviceNameSchema } from './auth.ts';
import type { NexoErrorData } from './errors.ts';
import { createGroupInput } from './groups.ts';
import { userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { type SendMessageResult, sendMessageInput } from './messages.ts';
import { platformSchema } from './platforms.ts';
import { updateUserInput } from './users.ts';

/** What a key may be allowed to do, a part of the `backend` router each. */
export const scopes = ['users', 'sessions', 'messages', 'groups', 'presence'] as const;
export type Scope = (typeof scopes)[number];

const namedUsers = z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.backendBatchMax));
const { displayName, avatarUrl, bio } = updateUserInput.shape;

/**
 * backend.upsertUsers: makes the users that do not exist, and changes of the others what is given; absent fields stay as they are,
 * null clears. A new user without a `displayName` bears the id.
 */
export const upsertUsersInput = z.strictObject({
  users: z
    .array(z.strictObject({ userId: userIdSchema, displayName, avatarUrl, bio, kind: z.optional(z.enum(['person', 'bot'])) }))
    .check(z.minLength(1), z.maxLength(limits.backendBatchMax)),
});
export type UpsertUsersInput = z.infer<typeof upsertUsersInput>;

/** backend.suspendUsers, backend.restoreUsers. */
export const suspendUsersInput = z.strictObject({ userIds: namedUsers });
export type SuspendUsersInput = z.infer<typeof suspendUsersInput>;

/** backend.mintSession: begins a session of a user, whose tokens are in the answer. */
export const mintSessionInput = z.strictObject({
  userId: userIdSchema,
  platform: platformSchema,
  deviceName: deviceNameSchema,
});
export type MintSessionInput = z.infer<typeof mintSessionInput>;

/** backend.mintTicket, backend.listSessions. */
export const ofUserInput = z.strictObject({ userId: userIdSchema });
export type OfUserInput = z.infer<typeof ofUserInput>;

/** A ticket opens one session, once, before `expiresAt` (epoch milliseconds). */
export interface Ticket {
  ticket: string;
  expiresAt: number;
}

/** backend.revokeSessions: all sessions of the user, or those named. */
export const revokeSessionsInput = z.strictObject({
  userId: userIdSchema,
  sessionIds: z.optional(z.array(uuidSchema).check(z.minLength(1), z.maxLength(limits.backendBatchMax))),
});
export type RevokeSessionsInput = z.infer<typeof revokeSessionsInput>;

/**
 * One message of the customer's server: as the user `senderId`, with that user's rights; without one as the system, which may write
 * everywhere. It goes to a conversation, or to a user: then into the direct conversation with the sender, or the system's with them.
 */
export const sendAsInput = z
  .strictObject({
    ...sendMessageInput.shape,
    senderId: z.optional(userIdSchema),
    conversationId: z.optional(uuidSchema),
    toUserId: z.optional(userIdSchema),
  })
  .check(
    z.refine(({ conversationId, toUserId }) => (conversationId === undefined) !== (toUserId === undefined), {
      error: 'either conversationId or toUserId',
      path: ['conversationId'],
    }),
  );
export type SendAsInput = z.infer<typeof sendAsInput>;

/** backend.sendBatch: each by itself; messages of one sender to one conversation keep their order. */
export const sendBatchInput = z.strictObject({
  messages: z.array(sendAsInput).check(z.minLength(1), z.maxLength(limits.backendBatchMax)),
});
export type SendBatchInput = z.infer<typeof sendBatchInput>;

/** What became of one message of a batch. */
export type SendOutcome = SendMessageResult | { refusal: NexoErrorData & { message: string } };

/** backend.createGroup: `ownerId` becomes its owner; the same `clientGroupId` of the same owner is the same group. */
export const createGroupAsInput = z.extend(createGroupInput, { ownerId: userIdSchema });
export type CreateGroupAsInput = z.infer<typeof createGroupAsInput>;

/** backend.addMembers, backend.removeMembers. */
export const groupMembersInput = z.strictObject({ conversationId: uuidSchema, userIds: namedUsers });
export type GroupMembersInput = z.infer<typeof groupMembersInput>;
