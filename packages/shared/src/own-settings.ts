import * as z from 'zod/mini';
import { seqSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { storable } from './text.ts';

// What a person settles about a conversation for themselves alone. The other members never see any of it.

/** A muted conversation: what of it still notifies, and until when (epoch milliseconds; null: for ever). */
export const mutedSchema = z.object({
  mode: z.enum(['nothing', 'mentions']),
  untilAt: z.nullable(z.int().check(z.minimum(0), z.maximum(limits.instantMax))),
});
export type Muted = z.infer<typeof mutedSchema>;

/**
 * Marked unread from the message `fromSeq` on, although all may be read. It is over as soon as the read position is no longer
 * `readSeq`: by reading on, or by a message of one's own.
 */
export const unreadMarkSchema = z.object({ fromSeq: seqSchema, readSeq: seqSchema });
export type UnreadMark = z.infer<typeof unreadMarkSchema>;

/** What a person began to write, the same on all their devices. `replyTo` is the seq of the message that it answers. */
export const draftViewSchema = z.object({
  text: z.string().check(storable),
  replyTo: z.optional(z.int().check(z.minimum(1))),
});
export type DraftView = z.infer<typeof draftViewSchema>;

/**
 * conversations.update: absent fields stay as they are.
 *
 * `pinned` true puts it above the pinned ones, or behind one of them (`pinAfter`, null: above all), also when it is pinned already.
 * `hidden` takes it out of the lists until something newer than `seenSeq` is said (absent: newer than what there is now).
 * `draft` was written over the version `draftOver` of the draft: when another device has written meanwhile, nothing of it is kept
 * and the answer tells the other one (`draftTaken` false). Null takes it away.
 */
export const updateConversationInput = z.strictObject({
  conversationId: uuidSchema,
  pinned: z.optional(z.boolean()),
  pinAfter: z.optional(z.nullable(uuidSchema)),
  muted: z.optional(z.nullable(z.strictObject({ mode: mutedSchema.shape.mode, untilAt: mutedSchema.shape.untilAt }))),
  hidden: z.optional(z.boolean()),
  seenSeq: z.optional(seqSchema),
  draft: z.optional(z.nullable(z.strictObject({ text: draftViewSchema.shape.text, replyTo: draftViewSchema.shape.replyTo }))),
  draftOver: z.optional(seqSchema),
});
export type UpdateConversationInput = z.infer<typeof updateConversationInput>;

/** conversations.markUnread: from the message `fromSeq` on; absent: from the last one that was read. */
export const markUnreadInput = z.strictObject({ conversationId: uuidSchema, fromSeq: z.optional(z.int().check(z.minimum(1))) });
export type MarkUnreadInput = z.infer<typeof markUnreadInput>;

/**
 * conversations.clear and conversations.remove: for the caller alone, on all their devices, up to and including `upToSeq`, which is
 * the last message that they have seen (absent: all that there is). What is said later stays.
 */
export const clearInput = z.strictObject({ conversationId: uuidSchema, upToSeq: z.optional(seqSchema) });
export type ClearInput = z.infer<typeof clearInput>;

/** users.update: notifies of nothing until then (epoch milliseconds; null: until it is ended). */
export const doNotDisturbSchema = z.object({ untilAt: mutedSchema.shape.untilAt });
export type DoNotDisturb = z.infer<typeof doNotDisturbSchema>;
