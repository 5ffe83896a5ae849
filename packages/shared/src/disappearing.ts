import * as z from 'zod/mini';
import { uuidSchema } from './ids.ts';
import * as limits from './limits.ts';

const lifetimeSchema = z.int().check(z.minimum(limits.lifetimeMinMs), z.maximum(limits.lifetimeMaxMs));

/**
 * How messages of a conversation disappear; absent: they do not. It holds for what is sent from then on: a message keeps the time
 * that it was sent with. It is the server that makes them disappear, for everybody, whoever looks.
 */
export const disappearingSchema = z.object({
  /** Private mode of a direct conversation: so long after the other side has read it. */
  afterReadMs: z.optional(lifetimeSchema),
  /** So long after it was sent, read or not. */
  afterSentMs: z.optional(lifetimeSchema),
});
export type Disappearing = z.infer<typeof disappearingSchema>;

/** conversations.setDisappearing: an absent time stays as it is, null ends it. */
export const setDisappearingInput = z.strictObject({
  conversationId: uuidSchema,
  afterReadMs: z.optional(z.nullable(lifetimeSchema)),
  afterSentMs: z.optional(z.nullable(lifetimeSchema)),
});
export type SetDisappearingInput = z.infer<typeof setDisappearingInput>;
