import * as z from 'zod/mini';
import { userIdSchema } from './ids.ts';
import * as limits from './limits.ts';
import { oneLine, storable } from './text.ts';

/** Somebody in the reader's list of contacts. Both sides have each other in theirs; what is said here only the reader sees. */
export const contactViewSchema = z.object({
  userId: userIdSchema,
  /** The reader's own name for them. */
  remark: z.optional(z.string()),
  pinnedAt: z.optional(z.number()),
  addedAt: z.number(),
});
export type ContactView = z.infer<typeof contactViewSchema>;

/** A request to become contacts. Pending ones end by themselves at `expiresAt`, without an event. */
export const contactRequestViewSchema = z.object({
  fromUserId: userIdSchema,
  toUserId: userIdSchema,
  message: z.optional(z.string()),
  state: z.enum(['pending', 'accepted', 'refused', 'cancelled']),
  sentAt: z.number(),
  expiresAt: z.number(),
});
export type ContactRequestView = z.infer<typeof contactRequestViewSchema>;

/** Somebody whom the reader has blocked. The other is never told. */
export const blockViewSchema = z.object({ userId: userIdSchema, blockedAt: z.number() });
export type BlockView = z.infer<typeof blockViewSchema>;

/**
 * What changed of a person's contacts since a cursor, as a state diff; of a snapshot all there is. Requests that are not pending any
 * more, and ids that are no contact or not blocked any more, are to be forgotten.
 */
export const contactsDiffSchema = z.object({
  contacts: z.array(contactViewSchema),
  removedContactIds: z.array(userIdSchema),
  requests: z.array(contactRequestViewSchema),
  blocks: z.array(blockViewSchema),
  unblockedIds: z.array(userIdSchema),
});
export type ContactsDiff = z.infer<typeof contactsDiffSchema>;

const otherUser = { userId: userIdSchema };
const page = {
  /** The last user id of the page before. */
  cursor: z.optional(userIdSchema),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
};

/** contacts.request: asks to become contacts. Repeating it is harmless. */
export const requestContactInput = z.strictObject({
  ...otherUser,
  message: z.optional(z.string().check(z.trim(), z.maxLength(limits.contactRequestMessageMaxChars), storable)),
});
export type RequestContactInput = z.infer<typeof requestContactInput>;

/** `accepted`: they had asked already, or are a contact. */
export const requestContactResultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('requested'), request: contactRequestViewSchema }),
  z.object({ kind: z.literal('accepted'), contact: contactViewSchema }),
]);
export type RequestContactResult = z.infer<typeof requestContactResultSchema>;

/** contacts.respond: to the pending request of this user. */
export const respondContactInput = z.strictObject({ ...otherUser, accept: z.boolean() });
export type RespondContactInput = z.infer<typeof respondContactInput>;

/** `contact` when it was accepted. */
export const respondContactResultSchema = z.object({ contact: z.optional(contactViewSchema) });
export type RespondContactResult = z.infer<typeof respondContactResultSchema>;

/** contacts.update: absent fields stay as they are, null clears. */
export const updateContactInput = z.strictObject({
  ...otherUser,
  remark: z.optional(z.nullable(z.string().check(z.trim(), z.maxLength(limits.contactRemarkMaxChars), oneLine))),
  pinned: z.optional(z.boolean()),
});
export type UpdateContactInput = z.infer<typeof updateContactInput>;

/** contacts.cancelRequest, remove, block, unblock: about this user. */
export const contactIdInput = z.strictObject(otherUser);
export type ContactIdInput = z.infer<typeof contactIdInput>;

/** contacts.list and contacts.blocks, by user id ascending. */
export const listContactsInput = z.strictObject(page);
export type ListContactsInput = z.infer<typeof listContactsInput>;

/** contacts.requests: the pending ones, by the other's user id ascending. */
export const listContactRequestsInput = z.strictObject({ direction: z.enum(['incoming', 'outgoing']), ...page });
export type ListContactRequestsInput = z.infer<typeof listContactRequestsInput>;
