import * as z from 'zod/mini';
import { contactsDiffSchema } from './contacts.ts';
import { conversationViewSchema, myMembershipSchema, pinViewSchema } from './conversations.ts';
import { disappearingSchema } from './disappearing.ts';
import { groupViewSchema, memberViewSchema } from './groups.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { headSchema, messageViewSchema } from './messages.ts';
import { myUserViewSchema } from './users.ts';

/** sync.snapshot: where a client without a store begins. Pages by recency; the first page fixes epoch and userChange. */
export const snapshotInput = z.strictObject({
  cursor: z.optional(z.string().check(z.maxLength(100))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type SnapshotInput = z.infer<typeof snapshotInput>;

export const snapshotResultSchema = z.object({
  epoch: uuidSchema,
  protocolVersion: z.number(),
  userChange: seqSchema,
  me: myUserViewSchema,
  items: z.array(conversationViewSchema),
  nextCursor: z.nullable(z.string()),
  serverTime: z.number(),
  /** All contacts, pending requests and blocks; on the first page. */
  contacts: z.optional(contactsDiffSchema),
});
export type SnapshotResult = z.infer<typeof snapshotResultSchema>;

/**
 * State diff of one conversation, or the word that a diff would be too long or that there is nothing for the reader any more.
 * `changes` carries every row whose last change is above `since`: apply all of it, then the cursor is `head.change`.
 */
export const conversationRepairSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('changes'),
    conversationId: uuidSchema,
    since: seqSchema,
    head: headSchema,
    countable: seqSchema,
    messages: z.array(messageViewSchema),
    /** Members that joined or changed. */
    members: z.array(memberViewSchema),
    /** Members that left. */
    leftUserIds: z.array(userIdSchema),
    group: z.optional(groupViewSchema),
    /** Present when it changed. */
    disappearing: z.optional(disappearingSchema),
    peerReadSeq: z.optional(seqSchema),
    /** All of them, when one was pinned or unpinned. */
    pins: z.optional(z.array(pinViewSchema)),
    me: myMembershipSchema,
  }),
  /**
   * Too far behind (or `since` was 0): take the view and the latest messages; what lies between them and older pages is a known
   * gap. `messages` may be empty when an answer would grow too large: then the page is fetched when it is looked at.
   */
  z.object({ kind: z.literal('reset'), conversation: conversationViewSchema, messages: z.array(messageViewSchema) }),
  /** Not a member, and nothing left to read: forget it. */
  z.object({ kind: z.literal('gone'), conversationId: uuidSchema }),
]);
export type ConversationRepair = z.infer<typeof conversationRepairSchema>;

/** sync.changes: repairs one conversation from the change the client has. */
export const changesInput = z.strictObject({ conversationId: uuidSchema, since: seqSchema });
export type ChangesInput = z.infer<typeof changesInput>;

/**
 * sync.resume: the cursors a client holds; call it after `sync.events` has started. A client with more conversations than fit
 * sorts them by id and asks in parts: `after` (exclusive) and `upTo` (inclusive) say which ids a part covers, so that the
 * server can tell what the client does not know of. Together the parts must cover everything.
 */
export const resumeInput = z.strictObject({
  epoch: uuidSchema,
  userChange: seqSchema,
  after: z.optional(uuidSchema),
  upTo: z.optional(uuidSchema),
  conversations: z.array(z.strictObject({ id: uuidSchema, change: seqSchema })).check(z.maxLength(limits.resumeMaxConversations)),
});
export type ResumeInput = z.infer<typeof resumeInput>;

export const resumeResultSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('resumed'),
    userChange: seqSchema,
    /** Present when the own profile changed. */
    me: z.optional(myUserViewSchema),
    /** Only the conversations that differ, as many as have room. */
    repairs: z.array(conversationRepairSchema),
    /** Conversations the client did not name, newest first. */
    added: z.array(conversationViewSchema),
    /** There is more than one answer carries, of these or of the repairs: apply this, then resume again, naming these too. */
    addedMore: z.boolean(),
    /** The own side of conversations whose messages did not change. */
    memberships: z.array(z.object({ conversationId: uuidSchema, me: myMembershipSchema })),
    /** What the person has removed from their own view meanwhile. Those conversations are among the repairs, as a reset. */
    removed: z.optional(z.array(z.object({ conversationId: uuidSchema, seqs: z.array(seqSchema) }))),
    serverTime: z.number(),
    /** What changed of contacts, requests and blocks; in the answer to the first part (without `after`). */
    contacts: z.optional(contactsDiffSchema),
  }),
  /** The server was restored from a backup: drop the store and begin with `sync.snapshot`. */
  z.object({ kind: z.literal('epochChanged'), epoch: uuidSchema }),
]);
export type ResumeResult = z.infer<typeof resumeResultSchema>;
