import * as z from 'zod/mini';
import { userIdSchema } from './ids.ts';
import * as limits from './limits.ts';
import { platformSchema } from './platforms.ts';

/** presence.setAppState: whether a person looks at this connection; for presence and push. */
export const setAppStateInput = z.strictObject({ state: z.enum(['foreground', 'background']) });
export type SetAppStateInput = z.infer<typeof setAppStateInput>;

/**
 * `online`: looks at Nexo on some device. `away`: connected, but looking elsewhere on all of them. `offline`: not connected, or
 * not for the asker to know. `unknown`: the server cannot tell at the moment.
 */
export const presenceStatusSchema = z.enum(['online', 'away', 'offline', 'unknown']);
export type PresenceStatus = z.infer<typeof presenceStatusSchema>;

const presenceFields = {
  userId: userIdSchema,
  status: presenceStatusSchema,
  /** Where they are connected; empty unless online or away. */
  platforms: z.array(platformSchema),
  /** Only of somebody offline: when they were last connected. Absent when they never were, or when it is not to be known. */
  lastSeenAt: z.optional(z.number()),
};

/** Presence of one user as one viewer may see it. Approximate: it may be some seconds old. */
export const presenceViewSchema = z.object(presenceFields);
export type PresenceView = z.infer<typeof presenceViewSchema>;

/** The presence of a watched user has changed. */
export const presenceSignalSchema = z.object({ type: z.literal('presence'), ...presenceFields });
export type PresenceSignal = z.infer<typeof presenceSignalSchema>;

/** presence.get. Who does not exist looks like who hides: offline. */
export const getPresenceInput = z.strictObject({
  userIds: z.array(userIdSchema).check(z.minLength(1), z.maxLength(limits.usersGetMax)),
});
export type GetPresenceInput = z.infer<typeof getPresenceInput>;

/**
 * presence.subscribe: whom this connection is told of from now on, in place of those named before; nobody ends it. It belongs to the
 * socket and is to be said again on the next one. Over HTTP it counts for all connections of the session on that node.
 */
export const subscribePresenceInput = z.strictObject({
  userIds: z.array(userIdSchema).check(z.maxLength(limits.presenceWatchMax)),
});
export type SubscribePresenceInput = z.infer<typeof subscribePresenceInput>;

/** Answer of both, in the order asked, each user once. */
export const presenceResultSchema = z.object({ items: z.array(presenceViewSchema) });
export type PresenceResult = z.infer<typeof presenceResultSchema>;
