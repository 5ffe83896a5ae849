import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunClock } from './run-clock.ts';

const loopResolutionMs = 5;

export interface ScheduleHooks {
  /** Takes up every send whose moment has come. */
  startDue(): void;
  /** The measured time begins; it is over. */
  measuring(): void;
  measured(): void;
}

/**
 * Plays the schedule to its end, whatever the system does meanwhile. Resolves with how much later than asked this process's own
 * timers came during the measured time (p99).
 */
export async function playSchedule(clock: RunClock, hooks: ScheduleHooks): Promise<number> {
  const loop = monitorEventLoopDelay({ resolution: loopResolutionMs });
  let measuring = false;
  for (;;) {
    const nowMs = clock.nowMs();
    if (!measuring && clock.isMeasured(nowMs)) {
      measuring = true;
      loop.enable();
      hooks.measuring();
    }
    hooks.startDue();
    if (nowMs >= clock.endMs) break;
    await delay(1);
  }
  loop.disable();
  hooks.measured();
  return Math.max(0, loop.percentile(99) / 1e6 - loopResolutionMs);
}
