import * as z from 'zod/mini';
import { seqSchema, userIdSchema, uuidSchema } from './ids.ts';

/** messages.receipts: who has read a message. */
export const receiptsInput = z.strictObject({ conversationId: uuidSchema, seq: seqSchema.check(z.minimum(1)) });
export type ReceiptsInput = z.infer<typeof receiptsInput>;

/**
 * Who of the present members has read a message, its sender aside. Names only in conversations of up to `limits.receiptsMaxMembers`.
 * Who does not let others see what they have read is in neither list, and sees nobody else's (`FORBIDDEN`).
 */
export const receiptsSchema = z.object({
  readCount: z.number(),
  /** Those who could have read it and let others see whether. */
  outOf: z.number(),
  readBy: z.optional(z.array(userIdSchema)),
  notYetReadBy: z.optional(z.array(userIdSchema)),
});
export type Receipts = z.infer<typeof receiptsSchema>;
