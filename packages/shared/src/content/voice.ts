import * as z from 'zod/mini';
import { durationMsSchema, mediaAddressSchema, mediaTypeSchema, sizeSchema } from './media.ts';

/** Something spoken. */
export const voiceContentSchema = z.strictObject({
  type: z.literal('voice'),
  url: mediaAddressSchema,
  durationMs: durationMsSchema,
  size: z.optional(sizeSchema),
  mediaType: z.optional(mediaTypeSchema),
  /** How loud it is over time, for the bars of a player: 0 to 100 each. */
  waveform: z.optional(z.array(z.int().check(z.minimum(0), z.maximum(100))).check(z.minLength(1), z.maxLength(128))),
});
export type VoiceContent = z.infer<typeof voiceContentSchema>;
