import * as z from 'zod/mini';
import { blockViewSchema, contactRequestViewSchema, contactViewSchema } from './contacts.ts';
import { conversationViewSchema, myMembershipSchema, pinViewSchema } from './conversations.ts';
import { disappearingSchema } from './disappearing.ts';
import { groupViewSchema, memberViewSchema } from './groups.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import { messageViewSchema, reactionViewSchema } from './messages.ts';
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
  /** Nothing can be done in it any more but read. */
  z.object({ type: z.literal('group.dismissed'), ...inConversation, group: groupViewSchema }),
  /** Somebody joined, left or changed in a group whose members are not for all to see. Who it was, their own sessions hear. */
  z.object({ type: z.literal('members.changed'), ...inConversation, memberCount: z.optional(z.number()) }),
  z.object({ type: z.literal('message.edited'), ...inConversation, message: messageViewSchema }),
  z.object({ type: z.literal('message.revoked'), ...inConversation, message: messageViewSchema }),
  /** Somebody set or took back a reaction. `reaction` is that kind as it is now; with a count of 0 nobody has it any more. */
  z.object({
    type: z.literal('message.reacted'),
    ...inConversation,
    seq: seqSchema,
    userId: userIdSchema,
    on: z.boolean(),
    reaction: reactionViewSchema,
  }),
  z.object({ type: z.literal('message.pinned'), ...inConversation, pin: pinViewSchema }),
  z.object({ type: z.literal('message.unpinned'), ...inConversation, seq: seqSchema, userId: userIdSchema }),
  /**
   * Something happened to a message that this reader may not see: the number, and nothing of it. Where it may be news that there is one
   * (it was cleared before it was told of), how far the conversation is with it.
   */
  z.object({
    type: z.literal('message.withheld'),
    ...inConversation,
    seq: z.optional(seqSchema),
    countableSeq: z.optional(seqSchema),
  }),
  /** When a message will disappear is known now: it was read. */
  z.object({ type: z.literal('message.expiring'), ...inConversation, seq: seqSchema, expiresAt: z.number() }),
  /** A message has disappeared. This is what is left of it: it counts no longer, and quotes of it lose their words. */
  z.object({ type: z.literal('message.expired'), ...inConversation, message: messageViewSchema }),
  /** How messages disappear from now on. */
  z.object({ type: z.literal('conversation.updated'), ...inConversation, disappearing: disappearingSchema }),
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
  /** Something became of an application of one's own: `groups.myRequests` tells. */
  z.object({ type: z.literal('me.groupRequests'), userChange: seqSchema }),
  /** Messages that the person removed from their own view, and what is the last one there now. */
  z.object({
    type: z.literal('me.removed'),
    userChange: seqSchema,
    conversationId: uuidSchema,
    seqs: z.array(seqSchema),
    lastMessage: z.optional(messageViewSchema),
    activeAt: z.number(),
    me: myMembershipSchema,
  }),
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
