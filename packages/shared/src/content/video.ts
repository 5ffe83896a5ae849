import * as z from 'zod/mini';
import {
  captionSchema,
  durationMsSchema,
  mediaAddressSchema,
  mediaTypeSchema,
  pixelsSchema,
  sizeSchema,
  thumbhashSchema,
} from './media.ts';

export const videoContentSchema = z.strictObject({
  type: z.literal('video'),
  url: mediaAddressSchema,
  width: pixelsSchema,
  height: pixelsSchema,
  durationMs: durationMsSchema,
  size: z.optional(sizeSchema),
  mediaType: z.optional(mediaTypeSchema),
  /** A still picture of it. */
  posterUrl: z.optional(mediaAddressSchema),
  thumbhash: z.optional(thumbhashSchema),
  caption: z.optional(captionSchema),
});
export type VideoContent = z.infer<typeof videoContentSchema>;
