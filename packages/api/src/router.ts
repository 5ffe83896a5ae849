import { authRouter } from './auth/router.ts';
import { backendRouter } from './backend/router.ts';
import { contactsRouter } from './contacts/router.ts';
import { conversationsRouter } from './conversations/router.ts';
import { groupsRouter } from './groups/router.ts';
import { messagesRouter } from './messages/router.ts';
import { presenceRouter } from './presence/router.ts';
import { syncRouter } from './sync/router.ts';
import { router } from './trpc.ts';
import { usersRouter } from './users/router.ts';

/** Everything on the wire (the table of names is in `docs/protocol.md`). */
export const appRouter = router({
  auth: authRouter,
  backend: backendRouter,
  contacts: contactsRouter,
  conversations: conversationsRouter,
  groups: groupsRouter,
  messages: messagesRouter,
  presence: presenceRouter,
  sync: syncRouter,
  users: usersRouter,
});

export type AppRouter = typeof appRouter;
