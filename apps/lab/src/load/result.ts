import { readFileSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import type { clientMessageIds } from './client-message-id.ts';
import { latencyHistogram, mergeLatencies } from './latency.ts';
import {
  type Latency,
  type LoadPlan,
  outcomes,
  type PartMeasurement,
  type Plan,
  type Recording,
  type SecondOfRun,
} from './plan.ts';
import type { Player } from './players.ts';
import type { Recorder } from './recorder.ts';
import { classifier, makeSchedule, type Schedule } from './schedule.ts';

/** What a run measured, over all generator processes. Latencies in microseconds. */
export interface Measurement {
  /** Messages whose intended moment lies in the measured time. */
  intended: number;
  acked: number;
  ackedInTime: number;
  deliveredInTime: number;
  framesInTime: number;
  bytesInTime: number;
  errors: Record<string, number>;
  ack: Latency;
  delivery: Latency;
  /** Per message, when the last receiver had it. */
  lastReceiver: Latency;
  /** The same by stream and phase, when there are several. */
  classes: { name: string; ack: Latency; delivery: Latency; lastReceiver: Latency }[];
  lag: Latency;
  /** Of the worst process. */
  eventLoopP99Ms: number;
  waited: number;
  repairs: number;
  returns: number;
  slowClosed: number;
  /** One entry a second from the start of the warm-up. */
  series: SecondOfRun[];
}

/** The figures that the recorder does not have of itself. */
type OtherFigures = Pick<PartMeasurement, 'bytesInTime' | 'eventLoopP99Ms' | 'repairs' | 'returns' | 'slowClosed'>;

export function summarisePart(recorder: Recorder, others: OtherFigures): PartMeasurement {
  const lastUsed = recorder.series.findLastIndex((second) => second.acked + second.delivered > 0);
  return {
    ...others,
    ackedInTime: recorder.ackedInTime,
    deliveredInTime: recorder.deliveredInTime,
    framesInTime: recorder.framesInTime,
    errors: recorder.errors,
    ack: recorder.ack.map((histogram) => histogram.summary()),
    delivery: recorder.delivery.map((histogram) => histogram.summary()),
    lag: recorder.lag.summary(),
    waited: recorder.waited,
    series: recorder.series.slice(0, lastUsed + 1),
  };
}

/** Leaves what the verification compares with the database in a file: it is too much for a message between processes. */
export function writeRecording(
  plan: Plan,
  { messages, schedule }: Recorder,
  players: readonly (Player | undefined)[],
  ids: ReturnType<typeof clientMessageIds>,
): void {
  const numbers = new Map(plan.conversations.map(({ id }, index) => [id, index]));
  const readings = players.flatMap((player) =>
    player === undefined
      ? []
      : [...player.readers].map(([id, reader]) => ({
          user: player.user,
          conversation: numbers.get(id) ?? -1,
          fromSeq: reader.fromSeq,
          seqs: Uint32Array.from(reader.seqs),
          indexes: Int32Array.from(reader.clientMessageIds, (clientMessageId) => ids.indexOf(clientMessageId)),
        })),
  );
  const { outcome, ackedSeq, lastReceivedMs } = messages;
  const recording: Recording = { outcome, ackedSeq, atMs: schedule.atMs, lastReceivedMs, readings };
  writeFileSync(plan.recordingFile, serialize(recording));
}

/** The recordings of all processes as one: of a message the sender's knows the outcome, and any receiver's the last moment. */
export function readRecordings(files: readonly string[]): Recording {
  const [first, ...others] = files.map((file) => deserialize(readFileSync(file)) as Recording);
  if (first === undefined) throw new Error('No generator left a recording.');
  for (const other of others) {
    for (let index = 0; index < first.outcome.length; index++) {
      if (other.outcome[index] !== outcomes.unsent) {
        first.outcome[index] = other.outcome[index] ?? outcomes.unsent;
        first.ackedSeq[index] = other.ackedSeq[index] ?? 0;
        first.atMs[index] = other.atMs[index] ?? 0;
      }
      first.lastReceivedMs[index] = Math.max(first.lastReceivedMs[index] ?? 0, other.lastReceivedMs[index] ?? 0);
    }
    first.readings.push(...other.readings);
  }
  return first;
}

/** Puts the parts of a run together. */
export function mergeParts(plan: LoadPlan, parts: readonly PartMeasurement[], recording: Recording): Measurement {
  const { names } = classifier(plan);
  const { intended, acked, lastReceivers } = lookAtMessages(plan, recording, names.length);
  const classes = names.map((name, i) => ({
    name,
    ack: mergeLatencies(parts.flatMap((part) => part.ack[i] ?? [])),
    delivery: mergeLatencies(parts.flatMap((part) => part.delivery[i] ?? [])),
    lastReceiver: lastReceivers[i] ?? mergeLatencies([]),
  }));
  const sum = (of: (part: PartMeasurement) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    intended,
    acked,
    ackedInTime: sum((part) => part.ackedInTime),
    deliveredInTime: sum((part) => part.deliveredInTime),
    framesInTime: sum((part) => part.framesInTime),
    bytesInTime: sum((part) => part.bytesInTime),
    errors: sumErrors(parts),
    ack: mergeLatencies(classes.map((one) => one.ack)),
    delivery: mergeLatencies(classes.map((one) => one.delivery)),
    lastReceiver: mergeLatencies(lastReceivers),
    classes,
    lag: mergeLatencies(parts.map((part) => part.lag)),
    eventLoopP99Ms: Math.max(...parts.map((part) => part.eventLoopP99Ms)),
    waited: sum((part) => part.waited),
    repairs: sum((part) => part.repairs),
    returns: sum((part) => part.returns),
    slowClosed: sum((part) => part.slowClosed),
    series: sumSeries(parts),
  };
}

/** Counts of the measured time, and how long the last receiver of each message had to wait, by class. */
function lookAtMessages(
  plan: LoadPlan,
  recording: Recording,
  classCount: number,
): { intended: number; acked: number; lastReceivers: Latency[] } {
  const schedule: Schedule = makeSchedule(plan);
  const { classOf } = classifier(plan);
  const histograms = Array.from({ length: classCount }, () => latencyHistogram());
  const warmUpMs = plan.warmUpSeconds * 1000;
  let intended = 0;
  let acked = 0;
  for (let index = 0; index < schedule.count; index++) {
    const atMs = recording.atMs[index] ?? 0;
    if (atMs < warmUpMs || recording.outcome[index] === outcomes.unsent) continue;
    intended++;
    if (recording.outcome[index] !== outcomes.acked) continue;
    acked++;
    const lastMs = recording.lastReceivedMs[index] ?? 0;
    if (lastMs > 0) histograms[classOf(schedule.streams[index] ?? 0, atMs)]?.record(lastMs - atMs);
  }
  return { intended, acked, lastReceivers: histograms.map((histogram) => histogram.summary()) };
}

function sumErrors(parts: readonly PartMeasurement[]): Record<string, number> {
  const errors: Record<string, number> = {};
  for (const part of parts) {
    for (const [code, count] of Object.entries(part.errors)) errors[code] = (errors[code] ?? 0) + count;
  }
  return errors;
}

function sumSeries(parts: readonly PartMeasurement[]): SecondOfRun[] {
  const seconds = Math.max(...parts.map((part) => part.series.length));
  return Array.from({ length: seconds }, (_, i) => {
    const all = parts.flatMap((part) => part.series[i] ?? []);
    return {
      acked: all.reduce((sum, one) => sum + one.acked, 0),
      delivered: all.reduce((sum, one) => sum + one.delivered, 0),
      ackMaxMs: Math.max(0, ...all.map((one) => one.ackMaxMs)),
      deliveryMaxMs: Math.max(0, ...all.map((one) => one.deliveryMaxMs)),
    };
  });
}
