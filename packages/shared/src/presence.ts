import * as z from 'zod/mini';

/** presence.setAppState: whether a person looks at this session; for presence and push. */
export const setAppStateInput = z.strictObject({ state: z.enum(['foreground', 'background']) });
export type SetAppStateInput = z.infer<typeof setAppStateInput>;
