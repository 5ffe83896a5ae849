import { getPresenceInput, setAppStateInput, subscribePresenceInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { getPresence } from './get-presence.ts';
import { subscribePresence } from './subscribe-presence.ts';

export const presenceRouter = router({
  get: userProcedure.input(getPresenceInput).query(({ ctx, input }) => getPresence(ctx, input)),
  subscribe: userProcedure.input(subscribePresenceInput).mutation(({ ctx, input }) => subscribePresence(ctx, input)),
  setAppState: userProcedure.input(setAppStateInput).mutation(({ ctx, input }) => {
    ctx.streams.setAppState(ctx.session, input.state);
  }),
});
