import { setAppStateInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';

export const presenceRouter = router({
  setAppState: userProcedure.input(setAppStateInput).mutation(({ ctx, input }) => {
    ctx.streams.setAppState(ctx.session, input.state);
  }),
});
