import * as z from 'zod/mini';

/** What is left of a message whose time was over: its place. Nobody can send it. */
export const expiredContentSchema = z.object({ type: z.literal('expired') });
export type ExpiredContent = z.infer<typeof expiredContentSchema>;
