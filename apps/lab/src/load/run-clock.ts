import type { LoadOptions } from './options.ts';

/**
 * The time of one run, in milliseconds after its start: first the warm-up, then the measured time. All senders and receivers live
 * in one process, so this one clock stamps both ends of every latency.
 */
export interface RunClock {
  /** Where the warm-up ends and the measured time begins. */
  readonly warmUpMs: number;
  readonly endMs: number;
  /** Starts the run a moment from now. Until then every time lies before it. */
  start(): void;
  nowMs(): number;
  /** The time of the run at a moment of `performance.now()`. */
  timeOf(moment: number): number;
  isMeasured(timeMs: number): boolean;
}

/** Between the start and the first send, so that setting up the measurement does not make the first sends late. */
const leadMs = 50;

export function makeRunClock(options: Pick<LoadOptions, 'warmUpSeconds' | 'seconds'>): RunClock {
  const warmUpMs = options.warmUpSeconds * 1000;
  const endMs = warmUpMs + options.seconds * 1000;
  let startedAt = Number.POSITIVE_INFINITY;
  return {
    warmUpMs,
    endMs,
    start() {
      startedAt = performance.now() + leadMs;
    },
    nowMs: () => performance.now() - startedAt,
    timeOf: (moment) => moment - startedAt,
    isMeasured: (timeMs) => timeMs >= warmUpMs && timeMs < endMs,
  };
}
