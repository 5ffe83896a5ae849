import { authRouter } from './auth/router.ts';
import { presenceRouter } from './presence/router.ts';
import { router } from './trpc.ts';
import { usersRouter } from './users/router.ts';

/** Everything on the wire (the table of names is in `docs/protocol.md`). */
export const appRouter = router({
  auth: authRouter,
  presence: presenceRouter,
  users: usersRouter,
});

export type AppRouter = typeof appRouter;
