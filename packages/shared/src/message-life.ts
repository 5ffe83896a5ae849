import * as z from 'zod/mini';
import { sendableContentSchema } from './content/index.ts';
import { emojiSchema } from './emoji.ts';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { messageContentSchema, messageViewSchema } from './messages.ts';

const messageSeqSchema = z.int().check(z.minimum(1));
const ofMessage = { conversationId: uuidSchema, seq: messageSeqSchema };

/** messages.edit: new content of the same kind in the place of one's own. The same content again changes nothing. */
export const editMessageInput = z.strictObject({ ...ofMessage, content: sendableContentSchema });
export type EditMessageInput = z.infer<typeof editMessageInput>;

/** messages.revoke: takes a message back, for everybody. Again: nothing happens. */
export const revokeMessageInput = z.strictObject(ofMessage);
export type RevokeMessageInput = z.infer<typeof revokeMessageInput>;

/** messages.history: what an edited message said before. */
export const messageHistoryInput = z.strictObject(ofMessage);
export type MessageHistoryInput = z.infer<typeof messageHistoryInput>;

/** One wording of a message, and since when it stood (epoch milliseconds). */
export const messageVersionSchema = z.object({ content: messageContentSchema, at: z.number() });
export type MessageVersion = z.infer<typeof messageVersionSchema>;

/** messages.react: `on` says how it is to be afterwards, so that repeating it is harmless. */
export const reactInput = z.strictObject({ ...ofMessage, emoji: emojiSchema, on: z.boolean() });
export type ReactInput = z.infer<typeof reactInput>;

/** messages.reactions: who reacted with one emoji, in the order in which they did. `cursor` is opaque. */
export const listReactionsInput = z.strictObject({
  ...ofMessage,
  emoji: emojiSchema,
  cursor: z.optional(z.string().check(z.maxLength(100))),
  limit: z.optional(z.int().check(z.minimum(1), z.maximum(limits.pageMax))),
});
export type ListReactionsInput = z.infer<typeof listReactionsInput>;

/** `mine`: whether the caller is among them, on whatever page. */
export const listReactionsResultSchema = z.object({
  items: z.array(z.object({ userId: userIdSchema, at: z.number() })),
  nextCursor: z.nullable(z.string()),
  mine: z.boolean(),
});
export type ListReactionsResult = z.infer<typeof listReactionsResultSchema>;

/** messages.pin: `pinned` says how it is to be afterwards, so that repeating it is harmless. */
export const pinMessageInput = z.strictObject({ ...ofMessage, pinned: z.boolean() });
export type PinMessageInput = z.infer<typeof pinMessageInput>;

/** messages.remove: from the caller's own view, on all their devices; nobody else sees a difference. */
export const removeMessagesInput = z.strictObject({
  conversationId: uuidSchema,
  seqs: z.array(messageSeqSchema).check(z.minLength(1), z.maxLength(limits.pageMax)),
});
export type RemoveMessagesInput = z.infer<typeof removeMessagesInput>;

/** What the server allows to be done with messages, and for how long. Milliseconds; null: for ever. */
export const messageRulesSchema = z.object({
  editWindowMs: z.nullable(z.number()),
  revokeWindowMs: z.nullable(z.number()),
});
export type MessageRules = z.infer<typeof messageRulesSchema>;

/** What a change of one message answers: how it is now. `changed`: by this very call; otherwise it was so already. */
export const changedMessageSchema = z.object({ message: messageViewSchema, changed: z.boolean() });
export type ChangedMessage = z.infer<typeof changedMessageSchema>;

/** What `messages.remove` answers. */
export const removedMessagesSchema = z.object({ userChange: seqSchema });
export type RemovedMessages = z.infer<typeof removedMessagesSchema>;
