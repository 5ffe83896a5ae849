import { type ErrorCode, errorCodes, type NexoErrorData } from '@nexo/shared';
import { TRPCClientError } from '@trpc/client';

/**
 * What became of a call that did not succeed. `refused`: the server said no, nothing was done. `unknown`: no answer came, so it
 * may or may not have been done; only a call that may be repeated safely is repeated.
 */
export type Failure =
  | { kind: 'refused'; code: ErrorCode; message: string; retryable: boolean; retryAfterMs?: number; field?: string }
  | { kind: 'unknown'; message: string };

/** Reads any error thrown by a call. */
export function failureOf(error: unknown): Failure {
  if (error instanceof TRPCClientError) {
    const nexo = nexoDataOf(error.data);
    if (nexo !== undefined) {
      const failure: Failure = {
        kind: 'refused',
        code: nexo.code,
        message: error.message,
        retryable: nexo.retryable,
      };
      if (nexo.retryAfterMs !== undefined) failure.retryAfterMs = nexo.retryAfterMs;
      if (nexo.field !== undefined) failure.field = nexo.field;
      return failure;
    }
  }
  return { kind: 'unknown', message: error instanceof Error ? error.message : String(error) };
}

/** Whether the answer is that this session is not (or no longer) accepted. */
export function isUnauthenticated(error: unknown): boolean {
  const failure = failureOf(error);
  return failure.kind === 'refused' && failure.code === 'UNAUTHENTICATED';
}

function nexoDataOf(data: unknown): NexoErrorData | undefined {
  if (typeof data !== 'object' || data === null || !('nexo' in data)) return undefined;
  const { nexo } = data;
  if (typeof nexo !== 'object' || nexo === null || !('code' in nexo) || typeof nexo.code !== 'string') return undefined;
  // A code from a newer server is a refusal that we cannot name; whether it may be retried is in the data.
  const known = nexo.code in errorCodes ? (nexo as NexoErrorData) : { ...(nexo as NexoErrorData), code: 'INTERNAL' as const };
  return known;
}
