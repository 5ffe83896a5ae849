import type { CallersCommand, CallersMessage, CallersPlan, CallersResult } from './callers-plan.ts';
import { startChild } from './child.ts';
import { sharedNowMs } from './run-clock.ts';
import { whyInvalid } from './run-load.ts';

const leadMs = 100;

/** Plays a plan of calls by a process of its own. `invalid` says why its figures cannot be trusted; empty when they can. */
export async function runCallers(plan: CallersPlan): Promise<CallersResult & { invalid: string[] }> {
  const callers = startChild<CallersCommand, CallersMessage>(new URL('./callers.ts', import.meta.url));
  try {
    callers.tell({ type: 'plan', plan });
    await callers.next('connected');
    callers.tell({ type: 'start', atMs: sharedNowMs() + leadMs });
    const { result } = await callers.next('done');
    return { ...result, invalid: whyInvalid(result, []) };
  } finally {
    callers.end();
  }
}
