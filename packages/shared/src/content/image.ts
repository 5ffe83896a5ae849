import * as z from 'zod/mini';
import { captionSchema, mediaAddressSchema, mediaTypeSchema, pixelsSchema, sizeSchema, thumbhashSchema } from './media.ts';

/** A picture. Its dimensions are given, so that nothing moves when it comes. */
export const imageContentSchema = z.strictObject({
  type: z.literal('image'),
  url: mediaAddressSchema,
  width: pixelsSchema,
  height: pixelsSchema,
  size: z.optional(sizeSchema),
  mediaType: z.optional(mediaTypeSchema),
  thumbhash: z.optional(thumbhashSchema),
  caption: z.optional(captionSchema),
});
export type ImageContent = z.infer<typeof imageContentSchema>;
