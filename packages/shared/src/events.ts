import * as z from 'zod/mini';
import { blockViewSchema, contactRequestViewSchema, contactViewSchema } from './contacts.ts';
import { conversationViewSchema, myMembershipSchema } from './conversations.ts';
import { groupViewSchema, memberViewSchema } from './groups.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import { messageViewSchema } from './messages.ts';
import { presenceSignalSchema } from './presence.ts';
import { myUserViewSchema } from './users.ts';

const inConversation = { conversationId: uuidSchema, change: seqSchema };

/** Durable facts of a conversation, numbered by `change`; the same for every member. */
export const conversationEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message.sent'), ...inConversation, message: messageViewSchema }),
  z.object({ type: z.literal('member.joined'), ...inConversation, member: memberViewSchema, memberCount: z.number() }),
  z.object({ type: z.literal('member.left'), ...inConversation, userId: userIdSchema, memberCount: z.number() }),
  z.object({ type: z.literal('member.updated'), ...inConversation, member: memberViewSchema }),
  z.object({ type: z.literal('group.updated'), ...inConversation, group: groupViewSchema }),
]);
export type ConversationEvent = z.infer<typeof conversationEventSchema>;

/** Durable facts for one person, numbered by `userChange`; every session of that person gets them. */
export const meEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('me.joined'), userChange: seqSchema, conversation: conversationViewSchema }),
  z.object({
    type: z.literal('me.updated'),
    userChange: seqSchema,
    conversationId: uuidSchema,
    me: myMembershipSchema,
  }),
  z.object({ type: z.literal('me.profile'), userChange: seqSchema, user: myUserViewSchema }),
  /** The list of sessions changed. */
  z.object({ type: z.literal('me.sessions'), userChange: seqSchema }),
  /** The user is a contact, as told, or (null) is none any more. Requests between contacts are over. */
  z.object({
    type: z.literal('me.contact'),
    userChange: seqSchema,
    userId: userIdSchema,
    contact: z.nullable(contactViewSchema),
  }),
  /** A request to or from the own person began, changed or ended. */
  z.object({ type: z.literal('me.contactRequest'), userChange: seqSchema, request: contactRequestViewSchema }),
  /** The user is blocked, or (null) is not any more. A block ends the requests between both. */
  z.object({ type: z.literal('me.block'), userChange: seqSchema, userId: userIdSchema, block: z.nullable(blockViewSchema) }),
]);
export type MeEvent = z.infer<typeof meEventSchema>;

/** Another member's read position: state on the member plus this live event; it has no number and may be missed. */
export const conversationReadSchema = z.object({
  type: z.literal('conversation.read'),
  conversationId: uuidSchema,
  userId: userIdSchema,
  readSeq: seqSchema,
});
export type ConversationRead = z.infer<typeof conversationReadSchema>;

/** A member is writing, or has stopped. */
export const typingSignalSchema = z.object({
  type: z.literal('typing'),
  conversationId: uuidSchema,
  userId: userIdSchema,
  typing: z.boolean(),
});
export type TypingSignal = z.infer<typeof typingSignalSchema>;

/** Moods: no number, never stored, dropped under pressure. */
export const signalSchema = z.discriminatedUnion('type', [typingSignalSchema, presenceSignalSchema]);
export type Signal = z.infer<typeof signalSchema>;

/** What the gateway says about the stream itself. */
export const streamNoteSchema = z.discriminatedUnion('type', [
  /** Events were dropped for this socket: call `sync.resume`. */
  z.object({ type: z.literal('resync') }),
  /**
   * The cursors that a client must have once it applied everything before this note on this socket; sent at most
   * `limits.positionsEveryMs` apart and only for what moved since the last. Behind one of them: a frame was lost, repair.
   */
  z.object({
    type: z.literal('positions'),
    userChange: z.optional(seqSchema),
    conversations: z.array(z.object({ id: uuidSchema, change: seqSchema })),
  }),
]);
export type StreamNote = z.infer<typeof streamNoteSchema>;

/** Everything that `sync.events` carries; a message on the subscription is an array of these. Clients skip types they do not know. */
export type Event = ConversationEvent | MeEvent | ConversationRead | StreamNote;
export type StreamItem = Event | Signal;
