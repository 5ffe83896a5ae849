import type { LoadPlan } from './plan.ts';

/** Between `performance.now()` of this process and the monotonic clock that all processes of a machine share. */
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds of the clock that every process of this machine reads alike. */
export function sharedNowMs(): number {
  return performance.now() + offsetMs;
}

/**
 * The time of one run, in milliseconds after its start: first the warm-up, then the measured time. One clock stamps both ends of
 * every latency: where sender and receiver are played by two processes, they read the same monotonic clock of the machine.
 */
export interface RunClock {
  /** Where the warm-up ends and the measured time begins. */
  readonly warmUpMs: number;
  readonly endMs: number;
  /** The run starts at this moment of the shared clock. Until then every time lies before it. */
  startAt(sharedMs: number): void;
  nowMs(): number;
  /** The time of the run at a moment of `performance.now()`. */
  timeOf(moment: number): number;
  isMeasured(timeMs: number): boolean;
}

export function makeRunClock(plan: Pick<LoadPlan, 'warmUpSeconds' | 'seconds'>): RunClock {
  const warmUpMs = plan.warmUpSeconds * 1000;
  const endMs = warmUpMs + plan.seconds * 1000;
  let startedAt = Number.POSITIVE_INFINITY;
  return {
    warmUpMs,
    endMs,
    startAt(sharedMs) {
      startedAt = sharedMs - offsetMs;
    },
    nowMs: () => performance.now() - startedAt,
    timeOf: (moment) => moment - startedAt,
    isMeasured: (timeMs) => timeMs >= warmUpMs && timeMs < endMs,
  };
}
