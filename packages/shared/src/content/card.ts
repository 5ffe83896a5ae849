import * as z from 'zod/mini';
import { userIdSchema } from '../ids.ts';
import * as limits from '../limits.ts';
import { oneLine } from '../text.ts';

/** Another user, shown to somebody. The name is what the sender called them; the profile is looked up by who sees the card. */
export const cardContentSchema = z.strictObject({
  type: z.literal('card'),
  userId: userIdSchema,
  name: z.string().check(z.minLength(1), z.maxLength(limits.displayNameMaxChars), oneLine),
});
export type CardContent = z.infer<typeof cardContentSchema>;
