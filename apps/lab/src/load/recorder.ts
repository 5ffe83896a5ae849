import type { NexoErrorData, SendMessageResult } from '@nexo/shared';
import { latencyHistogram } from './latency.ts';
import { type Measurement, outcomes } from './plan.ts';
import type { RunClock } from './run-clock.ts';
import type { Schedule } from './schedule.ts';

/** A send without an answer for this long has failed, and counts as a sample of this length. */
export const answerTimeoutMs = 30_000;

/**
 * All that is written down while a run goes on. Plain arrays and counters, filled by the functions below: they run for every
 * answer and every delivery, on the cores of the system that is measured.
 */
export interface Recorder {
  schedule: Schedule;
  clock: RunClock;
  /** By number of the message in the schedule. */
  messages: {
    outcome: Uint8Array;
    answered: Uint8Array;
    ackedSeq: Uint32Array;
    /** How many others have received it. */
    receivers: Uint16Array;
    lastReceivedMs: Float64Array;
  };
  unanswered: number;
  ack: ReturnType<typeof latencyHistogram>;
  delivery: ReturnType<typeof latencyHistogram>;
  lag: ReturnType<typeof latencyHistogram>;
  errors: Record<string, number>;
  /** One entry a second from the start of the warm-up. */
  series: Measurement['series'];
  ackedInTime: number;
  deliveredInTime: number;
  framesInTime: number;
  waited: number;
}

export function makeRecorder(schedule: Schedule, clock: RunClock): Recorder {
  const { count } = schedule;
  const seconds = Math.ceil((clock.endMs + answerTimeoutMs) / 1000) + 1;
  return {
    schedule,
    clock,
    messages: {
      outcome: new Uint8Array(count),
      answered: new Uint8Array(count),
      ackedSeq: new Uint32Array(count),
      receivers: new Uint16Array(count),
      lastReceivedMs: new Float64Array(count),
    },
    unanswered: count,
    ack: latencyHistogram(),
    delivery: latencyHistogram(),
    lag: latencyHistogram(),
    errors: {},
    series: Array.from({ length: seconds }, () => ({ acked: 0, delivered: 0, ackMaxMs: 0 })),
    ackedInTime: 0,
    deliveredInTime: 0,
    framesInTime: 0,
    waited: 0,
  };
}

/** The generator has taken up a send: how late it was itself tells whether its other figures can be trusted. */
export function recordTakenUp(recorder: Recorder, index: number, nowMs: number): void {
  const intendedMs = recorder.schedule.atMs[index] ?? 0;
  if (intendedMs >= recorder.clock.warmUpMs) recorder.lag.record(nowMs - intendedMs);
}

/** The server's answer to a send. Only the first one counts. */
export function recordAnswer(
  recorder: Recorder,
  index: number,
  nowMs: number,
  result: unknown,
  error: NexoErrorData | undefined,
): void {
  const { clock, messages, schedule, series } = recorder;
  if (messages.answered[index] === 1) return;
  messages.answered[index] = 1;
  recorder.unanswered--;
  const intendedMs = schedule.atMs[index] ?? 0;
  if (error !== undefined) {
    // The outcome of these two is not known to the one who asked: it may have been committed.
    const isUnknown = error.code === 'UNAVAILABLE' || error.code === 'INTERNAL';
    messages.outcome[index] = isUnknown ? outcomes.unknown : outcomes.refused;
    if (intendedMs >= clock.warmUpMs) recordError(recorder, error.code);
    return;
  }
  messages.outcome[index] = outcomes.acked;
  messages.ackedSeq[index] = (result as SendMessageResult).message.seq;
  if (intendedMs >= clock.warmUpMs) recorder.ack.record(nowMs - intendedMs);
  if (clock.isMeasured(nowMs)) recorder.ackedInTime++;
  const second = series[Math.floor(nowMs / 1000)];
  if (second !== undefined) {
    second.acked++;
    second.ackMaxMs = Math.max(second.ackMaxMs, nowMs - intendedMs);
  }
}

/** A user has applied a message that someone else sent. */
export function recordDelivery(recorder: Recorder, index: number, nowMs: number): void {
  const { clock, messages, schedule, series } = recorder;
  const intendedMs = schedule.atMs[index] ?? 0;
  messages.receivers[index] = (messages.receivers[index] ?? 0) + 1;
  messages.lastReceivedMs[index] = nowMs;
  if (intendedMs >= clock.warmUpMs) recorder.delivery.record(nowMs - intendedMs);
  if (clock.isMeasured(nowMs)) recorder.deliveredInTime++;
  const second = series[Math.floor(nowMs / 1000)];
  if (second !== undefined) second.delivered++;
}

/** What never had an answer is a slow sample, not a missing one: leaving it out would flatter a system that loses requests. */
export function recordTimeouts(recorder: Recorder): void {
  const { clock, messages, schedule } = recorder;
  for (let index = 0; index < schedule.count; index++) {
    if (messages.answered[index] === 1 || (schedule.atMs[index] ?? 0) < clock.warmUpMs) continue;
    recordError(recorder, 'TIMEOUT');
    recorder.ack.record(answerTimeoutMs);
  }
}

export function recordError(recorder: Recorder, code: string): void {
  recorder.errors[code] = (recorder.errors[code] ?? 0) + 1;
}
