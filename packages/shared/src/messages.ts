import * as z from 'zod/mini';
import { saidContentSchema, sendableContentSchema } from './content/index.ts';
import { disappearingSchema } from './disappearing.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';

/** What the system says in a conversation. Not countable: it makes nothing unread. */
export const noticeContentSchema = z.object({
  type: z.literal('notice'),
  notice: z.enum([
    'group.created',
    'member.joined',
    'member.left',
    'member.kicked',
    'member.role',
    'member.muted',
    'member.unmuted',
    'group.transferred',
    'group.renamed',
    'group.updated',
    'group.announced',
    'group.muted',
    'group.unmuted',
    'group.dismissed',
    'disappearing.changed',
  ]),
  actorId: userIdSchema,
  /** The people it is about. */
  userIds: z.array(userIdSchema),
  /** `group.renamed`: the new name. */
  name: z.optional(z.string()),
  /** `group.announced`: the announcement. */
  text: z.optional(z.string()),
  /** `member.role`: the new one. */
  role: z.optional(z.enum(['admin', 'member'])),
  /** `member.muted`: until when. */
  until: z.optional(z.number()),
  /** `group.updated`: the fields that were changed. */
  changed: z.optional(z.array(z.string())),
  /** `disappearing.changed`: how messages disappear from now on. */
  disappearing: z.optional(disappearingSchema),
});

export type NoticeContent = z.infer<typeof noticeContentSchema>;

export const messageContentSchema = z.discriminatedUnion('type', [...saidContentSchema.def.options, noticeContentSchema]);
export type MessageContent = z.infer<typeof messageContentSchema>;

/** The quoted message, as much as a quote block shows. */
export const replyViewSchema = z.object({
  seq: seqSchema,
  senderId: userIdSchema,
  /** The beginning of its text, at most 200 characters. Empty once it was revoked or has disappeared, and for who may not read it. */
  excerpt: z.string(),
  /** The change that last edited or revoked the quoted message, or by which it disappeared; absent while nothing has. */
  change: z.optional(seqSchema),
  revoked: z.optional(z.literal(true)),
});
export type ReplyView = z.infer<typeof replyViewSchema>;

/** One kind of reaction to a message. */
export const reactionViewSchema = z.object({
  emoji: z.string(),
  count: z.int(),
  /** Who reacted first, in the order in which they did; at most `reactionNamesMax` of them. */
  userIds: z.array(userIdSchema),
});
export type ReactionView = z.infer<typeof reactionViewSchema>;

/** A message as every member sees it: nothing in it depends on who looks, but for the words of what it quotes. Times are epoch milliseconds of the server's clock. */
export const messageViewSchema = z.object({
  id: uuidSchema,
  conversationId: uuidSchema,
  seq: seqSchema,
  /** The change that last touched it. */
  change: seqSchema,
  clientMessageId: uuidSchema,
  senderId: userIdSchema,
  content: messageContentSchema,
  /** Whether it makes the conversation unread, and how many that do stand up to and including it. */
  countable: z.boolean(),
  countableSeq: seqSchema,
  sentAt: z.number(),
  editedAt: z.optional(z.number()),
  revokedAt: z.optional(z.number()),
  /** The change that last edited or revoked it, or by which it disappeared. */
  contentChange: z.optional(seqSchema),
  replyTo: z.optional(replyViewSchema),
  /** By when each kind came first; a kind keeps its place as long as anybody has it. Absent when there are none. */
  reactions: z.optional(z.array(reactionViewSchema)),
  /** Who said it first, of one that was passed on. */
  forwardedFromId: z.optional(userIdSchema),
  /** Private mode: it disappears so long after the other side has read it … */
  disappearsAfterReadMs: z.optional(z.number()),
  /** … and when it disappears, once that is known. */
  expiresAt: z.optional(z.number()),
});
export type MessageView = z.infer<typeof messageViewSchema>;

/** messages.send. `clientMessageId` is made once by the sender and kept over every retry: it makes exactly one message. */
export const sendMessageInput = z.strictObject({
  conversationId: uuidSchema,
  clientMessageId: uuidSchema,
  content: sendableContentSchema,
  /** The seq of the message this one answers. */
  replyTo: z.optional(z.int().check(z.minimum(1))),
  /** Not countable: it makes nothing unread and alerts nobody. */
  silent: z.optional(z.literal(true)),
});
export type SendMessageInput = z.infer<typeof sendMessageInput>;

/** `deduplicated`: this clientMessageId was committed before; `message` is that first one. */
export const sendMessageResultSchema = z.object({ message: messageViewSchema, deduplicated: z.boolean() });
export type SendMessageResult = z.infer<typeof sendMessageResultSchema>;

/** messages.list: at most one of before, after (both exclusive) and around; none means the newest page. */
export const listMessagesInput = z.strictObject({
  conversationId: uuidSchema,
  before: z.optional(seqSchema),
  after: z.optional(seqSchema),
  around: z.optional(seqSchema),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type ListMessagesInput = z.infer<typeof listMessagesInput>;

export const headSchema = z.object({ seq: seqSchema, change: seqSchema });
export type Head = z.infer<typeof headSchema>;

/** Items by seq ascending. */
export const listMessagesResultSchema = z.object({
  items: z.array(messageViewSchema),
  head: headSchema,
  hasBefore: z.boolean(),
  hasAfter: z.boolean(),
});
export type ListMessagesResult = z.infer<typeof listMessagesResultSchema>;

/** messages.get: those of the given seqs that exist and are visible. */
export const getMessagesInput = z.strictObject({
  conversationId: uuidSchema,
  seqs: z.array(z.int().check(z.minimum(1))).check(z.minLength(1), z.maxLength(limits.pageMax)),
});
export type GetMessagesInput = z.infer<typeof getMessagesInput>;

/** messages.typing: a signal, never stored; it fades by itself after six seconds. */
export const typingInput = z.strictObject({ conversationId: uuidSchema, typing: z.boolean() });
export type TypingInput = z.infer<typeof typingInput>;
