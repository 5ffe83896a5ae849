import { AppError, limits, type NexoErrorData, type Scope } from '@nexo/shared';
import { initTRPC, TRPCError } from '@trpc/server';
import type { Exchange, RequestContext } from './context.ts';
import { toAppError, toTrpcError } from './errors.ts';

const t = initTRPC.context<RequestContext>().create({
  /** A stack never leaves the server. */
  isDev: false,
  /** Server-sent events: nothing else is written while nothing happens, and only by writing is a peer found that has vanished. */
  sse: { ping: { enabled: true, intervalMs: limits.pingEveryMs } },
  errorFormatter({ shape, error, ctx }) {
    const refusal = toAppError(error);
    const nexo: NexoErrorData = refusal.toData();
    if (refusal.code === 'INTERNAL' && ctx !== undefined) {
      nexo.requestId = ctx.newId();
      ctx.log.error({ requestId: nexo.requestId, path: shape.data.path, error: refusal.cause ?? error }, 'a call failed');
    }
    const { code, httpStatus, path } = shape.data;
    return { message: refusal.message, code: shape.code, data: { code, httpStatus, path, nexo } };
  },
});

export const router = t.router;

/** Rules throw AppError; from here on it is a TRPCError with the right status. */
const translateErrors = t.middleware(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/** Anybody may call. */
export const publicProcedure = t.procedure.use(translateErrors);

/** Sends go through the lanes, which have connections and a bound of their own; a subscription holds no connection. */
const withoutTurn = new Set(['messages.send', 'sync.events', 'backend.send', 'backend.sendBatch']);

/** Only a live session may call. */
export const userProcedure = publicProcedure.use(({ ctx, path, next }) => {
  const { session } = ctx;
  if (session === null) throw new TRPCError({ code: 'UNAUTHORIZED', cause: new AppError('UNAUTHENTICATED') });
  const work = () => within(ctx.exchange, () => next({ ctx: { session } }));
  if (withoutTurn.has(path)) return work();
  ctx.rateLimits.takeHere('callsPerUser', session.userId);
  return ctx.turns.run(session.userId, work);
});

/** Only the customer's own server may call, with a key that has this scope. */
export const backendProcedure = (scope: Scope) =>
  publicProcedure.use(async ({ ctx, path, next }) => {
    const { apiKey } = ctx;
    if (apiKey === undefined)
      throw new AppError('UNAUTHENTICATED', { message: 'Only for API keys: there is none, or it is not good (any more)' });
    if (!apiKey.scopes.includes(scope)) throw new AppError('FORBIDDEN', { message: `This key lacks the scope ${scope}` });
    await ctx.rateLimits.take('callsPerKey', apiKey.id);
    const work = () => within(ctx.exchange, () => next({ ctx: { apiKey } }));
    return withoutTurn.has(path) ? work() : ctx.turns.run(keyTurn(apiKey.id), work);
  });

/** Under what a key takes turns: no user id has a space. */
export function keyTurn(keyId: string): string {
  return `key ${keyId}`;
}

/** Runs a call of an HTTP request. Its result is weighed as it will be sent: no cheaper measure is an honest one. */
async function within<T extends { ok: boolean; data?: unknown }>(
  exchange: Exchange | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (exchange === undefined) return work();
  exchange.begin();
  let bytes = 0;
  try {
    const result = await work();
    if (result.ok) bytes = Buffer.byteLength(JSON.stringify(result.data) ?? '');
    return result;
  } finally {
    exchange.end(bytes);
  }
}
