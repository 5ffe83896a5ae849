import { getPresenceInput, setAppStateInput, subscribePresenceInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { getPresence } from './get-presence.ts';
import { subscribePresence } from './subscribe-presence.ts';

export const presenceRouter = router({
  get: userProcedure.input(getPresenceInput).query(({ ctx, input }) => getPresence(ctx, input)),
  subscribe: userProcedure.input(subscribePresenceInput).mutation(({ ctx, input }) => subscribePresence(ctx, input)),
  /** Says whether the app of this session is looked at: who has none in the foreground is away. */
  setAppState: userProcedure.input(setAppStateInput).mutation(({ ctx, input }) => {
    ctx.streams.setAppState(ctx.session, input.state);
  }),
});
