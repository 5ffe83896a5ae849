import * as z from 'zod/mini';
import { captionSchema, fileNameSchema, mediaAddressSchema, mediaTypeSchema, sizeSchema } from './media.ts';

export const fileContentSchema = z.strictObject({
  type: z.literal('file'),
  url: mediaAddressSchema,
  name: fileNameSchema,
  size: sizeSchema,
  mediaType: z.optional(mediaTypeSchema),
  caption: z.optional(captionSchema),
});
export type FileContent = z.infer<typeof fileContentSchema>;
