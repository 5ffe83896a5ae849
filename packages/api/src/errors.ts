import { AppError, errorCodes } from '@nexo/shared';
import { TRPCError } from '@trpc/server';
import { $ZodError } from 'zod/v4/core';

/** Postgres is away or on its way out: `08…` connection, `57P…` shutdown, `53…` out of resources, and postgres.js' own words. */
const unavailableCodes = /^(08|57P|53|CONNECTION_|CONNECT_TIMEOUT|ECONN|EPIPE|ETIMEDOUT)/;
/** Waited too long for a lock or a statement, a deadlock or a serialization failure: trying again may well succeed. */
const busyCodes = new Set(['55P03', '57014', '40P01', '40001', '25P03']);

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Whether this is the database being away or busy, rather than a fault of ours. Looks through wrapping errors. */
export function isDatabaseAway(error: unknown): boolean {
  for (let e = error, depth = 0; e !== undefined && e !== null && depth < 5; depth++) {
    const code = codeOf(e);
    if (code !== undefined && (unavailableCodes.test(code) || busyCodes.has(code))) return true;
    e = e instanceof Error ? e.cause : undefined;
  }
  return false;
}

/** The one mapper from anything thrown to a refusal. What is unexpected becomes INTERNAL with its cause kept for the log. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof TRPCError) {
    if (error.cause instanceof AppError) return error.cause;
    if (error.cause instanceof $ZodError) {
      const issue = error.cause.issues[0];
      const field = issue?.path.join('.') ?? '';
      const message = issue === undefined ? 'Invalid input' : `${field === '' ? 'input' : field}: ${issue.message}`;
      return new AppError('INVALID_INPUT', field === '' ? { message } : { message, field });
    }
    if (error.code === 'NOT_FOUND' && /^No ("\w+"-)?procedure/.test(error.message)) {
      return new AppError('UNKNOWN_PROCEDURE', { message: error.message });
    }
    if (error.code === 'PAYLOAD_TOO_LARGE') return new AppError('MESSAGE_TOO_LARGE', { message: error.message });
    if (['BAD_REQUEST', 'PARSE_ERROR', 'METHOD_NOT_SUPPORTED', 'UNSUPPORTED_MEDIA_TYPE'].includes(error.code)) {
      return new AppError('INVALID_INPUT', { message: error.message });
    }
    if (error.code === 'UNAUTHORIZED') return new AppError('UNAUTHENTICATED');
    return toAppError(error.cause ?? new AppError('INTERNAL', { cause: error }));
  }
  if (isDatabaseAway(error)) {
    return new AppError('UNAVAILABLE', { message: 'The database does not answer', retryAfterMs: 1_000, cause: error });
  }
  return new AppError('INTERNAL', { message: 'Internal error', cause: error });
}

/** The same as the tRPC edge needs it. */
export function toTrpcError(error: unknown): TRPCError {
  if (error instanceof TRPCError && !(error.cause instanceof Error) && error.code !== 'INTERNAL_SERVER_ERROR') return error;
  const refusal = toAppError(error);
  return new TRPCError({ code: errorCodes[refusal.code].trpc, message: refusal.message, cause: refusal });
}
