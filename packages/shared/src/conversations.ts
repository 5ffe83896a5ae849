import * as z from 'zod/mini';
import { disappearingSchema } from './disappearing.ts';
import { spanSchema } from './gone.ts';
import { groupViewSchema, roleSchema } from './groups.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { headSchema, messageViewSchema } from './messages.ts';
import { draftViewSchema, mutedSchema, unreadMarkSchema } from './own-settings.ts';
import { userViewSchema } from './users.ts';

export const conversationKindSchema = z.enum(['direct', 'group', 'self', 'system']);
export type ConversationKind = z.infer<typeof conversationKindSchema>;

/** A message that is pinned in a conversation. What it says is asked for by its seq. */
export const pinViewSchema = z.object({ seq: seqSchema, pinnedBy: userIdSchema, pinnedAt: z.number(), change: seqSchema });
export type PinView = z.infer<typeof pinViewSchema>;

/** The reader's own side of a conversation. Only they ever see it. */
export const myMembershipSchema = z.object({
  role: roleSchema,
  readSeq: seqSchema,
  /** Countable messages up to the read position; `unread` = the head's countable − this − those that are gone. */
  readCountable: seqSchema,
  unread: z.number(),
  /** Seq ranges that may be read, [from, to) by pairs; `to` null is open. */
  visible: z.array(z.object({ from: seqSchema, to: z.nullable(seqSchema) })),
  /** Not shown in lists while the head's seq is not above it: a chat that another opened and has not written in yet. */
  hiddenSeq: z.optional(seqSchema),
  /** The conversation's change that last touched role, nickname, muting or membership: it numbers these alone. */
  change: seqSchema,
  nickname: z.optional(z.string()),
  /** Cannot write before this time; it may be past. */
  mutedUntil: z.optional(z.number()),
  /** Applications that wait for the decision of the owner and admins; only they see it, and only when there are some. */
  pendingRequests: z.optional(z.number()),
  /** The own private change that last touched this side. */
  userChange: seqSchema,
  joinedAt: z.number(),
  /** Set when the reader has left or was removed: history stays, nothing new comes, nothing can be sent. */
  leftAt: z.optional(z.number()),
  /**
   * Seqs of unread messages that mention the reader, ascending, the newest `limits.mentionsMaxShown`; absent: none. How many there are
   * is how many mentions are unread. Numbered by the head's change.
   */
  mentions: z.optional(z.array(seqSchema)),
  /**
   * Unread messages that count no longer, as spans of `countableSeq`, ascending; absent: none. They have disappeared, were revoked, or
   * were removed by the reader from their own view. What is gone stays gone: of two pictures, all that either names is.
   */
  gone: z.optional(z.array(spanSchema)),
  /** Pinned chats stand first, by `pinPlace` ascending. Both are there or neither. */
  pinnedAt: z.optional(z.number()),
  pinPlace: z.optional(z.number()),
  muted: z.optional(mutedSchema),
  markedUnread: z.optional(unreadMarkSchema),
  draft: z.optional(draftViewSchema),
  /** The own private change that last wrote the draft or took it away; absent: there never was one. */
  draftVersion: z.optional(seqSchema),
  /** Messages were cleared here, the last of which was sent then: it keeps the place in the list. */
  clearedAt: z.optional(z.number()),
  /** May only be read: the operator's conversation. */
  readOnly: z.optional(z.boolean()),
});
export type MyMembership = z.infer<typeof myMembershipSchema>;

/** A conversation as one member sees it. Who has left sees the head of that moment. */
export const conversationViewSchema = z.object({
  id: uuidSchema,
  kind: conversationKindSchema,
  /** What a list shows: the group's name, the other person's name, the own name. */
  title: z.string(),
  avatarUrl: z.optional(z.string()),
  /** The other person of a direct conversation; in the system conversation the operator. */
  peer: z.optional(userViewSchema),
  /** How far the other person has read, in a direct conversation; absent when either of the two does not let it be seen. */
  peerReadSeq: z.optional(seqSchema),
  group: z.optional(groupViewSchema),
  head: headSchema,
  /** Countable messages up to the head. */
  countable: seqSchema,
  me: myMembershipSchema,
  lastMessage: z.optional(messageViewSchema),
  /** Those that the reader may see, in the order of their seqs. Absent: none. */
  pins: z.optional(z.array(pinViewSchema)),
  /** How messages disappear; absent: they do not. */
  disappearing: z.optional(disappearingSchema),
  createdAt: z.number(),
  /** When something was last said (or it was made): the order of the list. */
  activeAt: z.number(),
});
export type ConversationView = z.infer<typeof conversationViewSchema>;

/** conversations.openDirect: with oneself it is the notes to oneself. Makes it if need be; repeating is harmless. */
export const openDirectInput = z.strictObject({ userId: userIdSchema });
export type OpenDirectInput = z.infer<typeof openDirectInput>;

/** conversations.list, most recently active first. `cursor` is opaque. */
export const listConversationsInput = z.strictObject({
  cursor: z.optional(z.string().check(z.maxLength(100))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type ListConversationsInput = z.infer<typeof listConversationsInput>;

export const conversationIdInput = z.strictObject({ conversationId: uuidSchema });
export type ConversationIdInput = z.infer<typeof conversationIdInput>;

/** conversations.markRead: reads up to and including `seq`; positions never go back, so repeating and racing are harmless. */
export const markReadInput = z.strictObject({ conversationId: uuidSchema, seq: seqSchema });
export type MarkReadInput = z.infer<typeof markReadInput>;

export const markReadResultSchema = z.object({ readSeq: seqSchema, unread: z.number() });
export type MarkReadResult = z.infer<typeof markReadResultSchema>;

/** Answer of conversations.update: the own side as it is now. `draftTaken` false: another draft had come before, it is in `me`. */
export const updateConversationResultSchema = z.object({ me: myMembershipSchema, draftTaken: z.boolean() });
export type UpdateConversationResult = z.infer<typeof updateConversationResultSchema>;
