import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import type { RunClock } from './run-clock.ts';

const loopResolutionMs = 5;
/** Timers are in whole milliseconds and come up to one late: this much before a send is due its moment is watched for instead. */
const watchMs = 1.2;
/** Where sends follow each other this closely, watching would take a core; such a one may come up to a millisecond late. */
const closeMs = 1;
const longestWaitMs = 5;

export interface ScheduleHooks {
  /** Takes up every send whose moment has come. */
  startDue(): void;
  /** When the next one's moment comes, in milliseconds of the run. */
  nextDueMs(): number;
  /** The measured time begins; it is over. */
  measuring(): void;
  measured(): void;
}

/**
 * Plays the schedule to its end, whatever the system does meanwhile; at low rates so exactly that the latencies are the system's.
 * Resolves with how much later than asked this process's own timers came during the measured time (p99).
 */
export async function playSchedule(clock: RunClock, hooks: ScheduleHooks): Promise<number> {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  let measuring = false;
  /** The moment that is being watched for. */
  let watchedMs: number | undefined;
  for (;;) {
    const nowMs = clock.nowMs();
    if (!measuring && clock.isMeasured(nowMs)) {
      measuring = true;
      loop.enable();
      hooks.measuring();
    }
    hooks.startDue();
    if (nowMs >= clock.endMs) break;
    const dueMs = hooks.nextDueMs();
    const inMs = dueMs - nowMs;
    if (inMs > watchMs + 1) await delay(Math.min(Math.floor(inMs - watchMs), longestWaitMs));
    else if (inMs <= closeMs && watchedMs !== dueMs) await delay(1);
    else {
      watchedMs = dueMs;
      await turn();
    }
  }
  loop.disable();
  hooks.measured();
  return Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs);
}
