import type { AppRouter } from '@nexo/api';
import type { TRPCClient } from '@trpc/client';

/** The typed client, as the parts of the engine use it. */
export type Api = TRPCClient<AppRouter>;
