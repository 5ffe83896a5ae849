import * as z from 'zod/mini';
import { revokedContentSchema } from '../revoked-content.ts';
import { cardContentSchema } from './card.ts';
import { customContentSchema } from './custom.ts';
import { expiredContentSchema } from './expired.ts';
import { fileContentSchema } from './file.ts';
import { imageContentSchema } from './image.ts';
import { locationContentSchema } from './location.ts';
import { stickerContentSchema } from './sticker.ts';
import { textContentSchema } from './text.ts';
import { videoContentSchema } from './video.ts';
import { voiceContentSchema } from './voice.ts';

/** What a person may send: one file a kind, with its schema; what it is as a line of text is in `to-text.ts`. */
export const sendableContentSchema = z.discriminatedUnion('type', [
  textContentSchema,
  imageContentSchema,
  videoContentSchema,
  voiceContentSchema,
  fileContentSchema,
  locationContentSchema,
  cardContentSchema,
  stickerContentSchema,
  customContentSchema,
]);
export type SendableContent = z.infer<typeof sendableContentSchema>;

/** What people have said, or what is left of it. */
export const saidContentSchema = z.discriminatedUnion('type', [
  ...sendableContentSchema.def.options,
  expiredContentSchema,
  revokedContentSchema,
]);
export type SaidContent = z.infer<typeof saidContentSchema>;
