import { changesInput, resumeInput, snapshotInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { changes } from './changes.ts';
import { resume } from './resume.ts';
import { snapshot } from './snapshot.ts';

export const syncRouter = router({
  snapshot: userProcedure.input(snapshotInput).query(({ ctx, input }) => snapshot(ctx, input)),
  resume: userProcedure.input(resumeInput).query(({ ctx, input }) => resume(ctx, input)),
  changes: userProcedure.input(changesInput).query(({ ctx, input }) => changes(ctx, input)),
  /** The live stream of the caller: arrays of events and signals from now on (`docs/protocol.md`, rules S and G). */
  events: userProcedure.subscription(({ ctx, signal }) => ctx.streams.open(ctx.session, signal)),
});
