import * as z from 'zod/mini';
import { userIdSchema } from './ids.ts';

/** What stands in the place of a message that was taken back. Nothing of what it said is kept anywhere. */
export const revokedContentSchema = z.object({ type: z.literal('revoked'), revokedBy: userIdSchema });
export type RevokedContent = z.infer<typeof revokedContentSchema>;
