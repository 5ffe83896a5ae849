import { router } from './trpc.ts';

/** Everything on the wire (the table of names is in `docs/protocol.md`). */
export const appRouter = router({});

export type AppRouter = typeof appRouter;
