import { failureOf } from '@nexo/client';
import type { NexoErrorData } from '@nexo/shared';

/** Codes after which nobody knows whether it was done. */
const unknown: ReadonlySet<string> = new Set(['UNAVAILABLE', 'INTERNAL']);

export type Outcome = { phase: 'fail'; code: string; retryable: boolean } | { phase: 'info'; code: string };

/** What an error says of the call: `fail`, nothing was done; `info`, it may have been. Undefined: no answer came. */
export function outcomeOf(nexo: NexoErrorData | undefined): Outcome {
  if (nexo === undefined) return { phase: 'info', code: 'NO_ANSWER' };
  if (unknown.has(nexo.code)) return { phase: 'info', code: nexo.code };
  return { phase: 'fail', code: nexo.code, retryable: nexo.retryable };
}

/** What an error of the engine says of a call: nothing was done, or nobody knows. */
export function failedBy(error: unknown): { phase: 'fail' | 'info'; code: string } {
  const failure = failureOf(error);
  if (failure.kind !== 'refused') return { phase: 'info', code: 'NO_ANSWER' };
  const { code, retryable } = failure;
  return { phase: outcomeOf({ code, retryable }).phase, code };
}
