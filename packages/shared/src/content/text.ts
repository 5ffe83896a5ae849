import * as z from 'zod/mini';
import { userIdSchema } from '../ids.ts';
import * as limits from '../limits.ts';
import { oneLine, storable, visible } from '../text.ts';

/** Somebody who is spoken to in a text: `@name` stands in it as it was written, and means this user, whatever they are called later. */
export const mentionSchema = z.strictObject({
  userId: userIdSchema,
  name: z.string().check(z.minLength(1), z.maxLength(limits.displayNameMaxChars), oneLine),
});
export type Mention = z.infer<typeof mentionSchema>;

/**
 * Text, shown with a subset of Markdown (emphasis, code, quotes, links). A text with nothing to see is refused. Its size counts
 * in UTF-8 bytes (`limits.messageTextMaxBytes`) and is measured by the verb, so that too large a text has a code of its own.
 */
export const textContentSchema = z.strictObject({
  type: z.literal('text'),
  text: z.string().check(z.minLength(1), visible, storable),
  mentions: z.optional(z.array(mentionSchema).check(z.minLength(1), z.maxLength(limits.mentionsMaxPerMessage))),
  /** `@all` stands in the text and means every member. Of owners and admins of a group only. */
  mentionsAll: z.optional(z.literal(true)),
});
export type TextContent = z.infer<typeof textContentSchema>;
