import * as z from 'zod/mini';
import { oneLine } from '../text.ts';
import { mediaAddressSchema, pixelsSchema } from './media.ts';

export const stickerContentSchema = z.strictObject({
  type: z.literal('sticker'),
  url: mediaAddressSchema,
  width: pixelsSchema,
  height: pixelsSchema,
  /** What it shows, as an emoji, for where no picture fits. */
  emoji: z.optional(z.string().check(z.minLength(1), z.maxLength(32), oneLine)),
});
export type StickerContent = z.infer<typeof stickerContentSchema>;
