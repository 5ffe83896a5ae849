import * as z from 'zod/mini';
import { seqSchema, uuidSchema } from './ids.ts';
import * as limits from './limits.ts';
import { messageViewSchema } from './messages.ts';

/** messages.forward: passes messages on, in their order. `clientForwardId` makes a retry safe: nothing arrives twice. */
export const forwardMessagesInput = z.strictObject({
  fromConversationId: uuidSchema,
  seqs: z.array(seqSchema.check(z.minimum(1))).check(z.minLength(1), z.maxLength(limits.forwardMaxMessages)),
  toConversationIds: z.array(uuidSchema).check(z.minLength(1), z.maxLength(limits.forwardMaxConversations)),
  clientForwardId: uuidSchema,
  silent: z.optional(z.literal(true)),
});
export type ForwardMessagesInput = z.infer<typeof forwardMessagesInput>;

/** One answer for each conversation: what arrived there, or why it stopped. */
export const forwardMessagesResultSchema = z.object({
  results: z.array(
    z.object({ conversationId: uuidSchema, messages: z.array(messageViewSchema), refusal: z.optional(z.string()) }),
  ),
});
export type ForwardMessagesResult = z.infer<typeof forwardMessagesResultSchema>;
