import type { NexoErrorData, SendMessageResult } from '@nexo/shared';
import { type LatencyHistogram, latencyHistogram } from './latency.ts';
import { type LoadPlan, outcomes, type SecondOfRun } from './plan.ts';
import type { RunClock } from './run-clock.ts';
import { classifier, type Schedule } from './schedule.ts';

/** A send without an answer for this long has failed, and counts as a sample of this length. */
export const answerTimeoutMs = 30_000;

/**
 * All that one generator process writes down while a run goes on. Plain arrays and counters, filled by the functions below: they
 * run for every answer and every delivery, on the cores of the system that is measured.
 */
export interface Recorder {
  schedule: Schedule;
  clock: RunClock;
  classOf(stream: number, atMs: number): number;
  /** By number of the message in the schedule. */
  messages: { outcome: Uint8Array; answered: Uint8Array; ackedSeq: Uint32Array; lastReceivedMs: Float64Array };
  /** Sends of this process that are under way. */
  unanswered: number;
  ack: LatencyHistogram[];
  delivery: LatencyHistogram[];
  lag: LatencyHistogram;
  errors: Record<string, number>;
  /** One entry a second from the start of the warm-up. */
  series: SecondOfRun[];
  ackedInTime: number;
  deliveredInTime: number;
  framesInTime: number;
  waited: number;
}

export function makeRecorder(plan: LoadPlan, schedule: Schedule, clock: RunClock): Recorder {
  const { count } = schedule;
  const { names, classOf } = classifier(plan);
  const seconds = Math.ceil((clock.endMs + answerTimeoutMs) / 1000) + 1;
  return {
    schedule,
    clock,
    classOf,
    messages: {
      outcome: new Uint8Array(count).fill(outcomes.unsent),
      answered: new Uint8Array(count),
      ackedSeq: new Uint32Array(count),
      lastReceivedMs: new Float64Array(count),
    },
    unanswered: 0,
    ack: names.map(() => latencyHistogram()),
    delivery: names.map(() => latencyHistogram()),
    lag: latencyHistogram(),
    errors: {},
    series: Array.from({ length: seconds }, () => ({ acked: 0, delivered: 0, ackMaxMs: 0, deliveryMaxMs: 0 })),
    ackedInTime: 0,
    deliveredInTime: 0,
    framesInTime: 0,
    waited: 0,
  };
}

/** The generator has taken up a send: how late it was itself tells whether its other figures can be trusted. */
export function recordTakenUp(recorder: Recorder, index: number, nowMs: number): void {
  const intendedMs = recorder.schedule.atMs[index] ?? 0;
  recorder.messages.outcome[index] = outcomes.unknown;
  recorder.unanswered++;
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
  if (intendedMs >= clock.warmUpMs) recorder.ack[classAt(recorder, index, intendedMs)]?.record(nowMs - intendedMs);
  if (clock.isMeasured(nowMs)) recorder.ackedInTime++;
  const second = series[Math.floor(nowMs / 1000)];
  if (second !== undefined) {
    second.acked++;
    second.ackMaxMs = Math.max(second.ackMaxMs, nowMs - intendedMs);
  }
}

/** A user has applied a message that someone else sent at `intendedMs`. */
export function recordDelivery(recorder: Recorder, index: number, intendedMs: number, nowMs: number): void {
  const { clock, messages, series } = recorder;
  messages.lastReceivedMs[index] = nowMs;
  if (intendedMs >= clock.warmUpMs) recorder.delivery[classAt(recorder, index, intendedMs)]?.record(nowMs - intendedMs);
  if (clock.isMeasured(nowMs)) recorder.deliveredInTime++;
  const second = series[Math.floor(nowMs / 1000)];
  if (second !== undefined) {
    second.delivered++;
    second.deliveryMaxMs = Math.max(second.deliveryMaxMs, nowMs - intendedMs);
  }
}

function classAt({ classOf, schedule }: Recorder, index: number, intendedMs: number): number {
  return classOf(schedule.streams[index] ?? 0, intendedMs);
}

/** What never had an answer is a slow sample, not a missing one: leaving it out would flatter a system that loses requests. */
export function recordTimeouts(recorder: Recorder): void {
  const { clock, messages, schedule } = recorder;
  for (let index = 0; index < schedule.count; index++) {
    const intendedMs = schedule.atMs[index] ?? 0;
    const isOpen = messages.outcome[index] === outcomes.unknown && messages.answered[index] === 0;
    if (!isOpen || intendedMs < clock.warmUpMs) continue;
    recordError(recorder, 'TIMEOUT');
    recorder.ack[classAt(recorder, index, intendedMs)]?.record(answerTimeoutMs);
  }
}

export function recordError(recorder: Recorder, code: string): void {
  recorder.errors[code] = (recorder.errors[code] ?? 0) + 1;
}
