import { writeFileSync } from 'node:fs';
import { serialize } from 'node:v8';
import type { clientMessageIds } from './client-message-id.ts';
import { latencyHistogram } from './latency.ts';
import { type Measurement, outcomes, type Recording } from './plan.ts';
import type { Player } from './players.ts';
import type { Recorder } from './recorder.ts';

/** The figures that the recorder does not have of itself. */
type OtherFigures = Pick<Measurement, 'bytesInTime' | 'eventLoopP99Ms' | 'repairs'>;

export function summarise(recorder: Recorder, others: OtherFigures): Measurement {
  const { clock, messages, schedule, series } = recorder;
  const lastReceiver = latencyHistogram();
  let intended = 0;
  let acked = 0;
  for (let index = 0; index < schedule.count; index++) {
    const intendedMs = schedule.atMs[index] ?? 0;
    if (intendedMs < clock.warmUpMs) continue;
    intended++;
    if (messages.outcome[index] !== outcomes.acked) continue;
    acked++;
    lastReceiver.record((messages.lastReceivedMs[index] ?? 0) - intendedMs);
  }
  const lastUsed = series.findLastIndex((second) => second.acked + second.delivered > 0);
  return {
    intended,
    acked,
    ackedInTime: recorder.ackedInTime,
    deliveredInTime: recorder.deliveredInTime,
    framesInTime: recorder.framesInTime,
    bytesInTime: others.bytesInTime,
    errors: recorder.errors,
    ack: recorder.ack.summary(),
    delivery: recorder.delivery.summary(),
    lastReceiver: lastReceiver.summary(),
    lag: recorder.lag.summary(),
    eventLoopP99Ms: others.eventLoopP99Ms,
    waited: recorder.waited,
    repairs: others.repairs,
    series: series.slice(0, lastUsed + 1),
  };
}

/** Leaves what the verification compares with the database in a file: it is too much for a message between processes. */
export function writeRecording(
  file: string,
  { messages }: Recorder,
  players: readonly Player[],
  ids: ReturnType<typeof clientMessageIds>,
): void {
  const recording: Recording = {
    outcome: messages.outcome,
    ackedSeq: messages.ackedSeq,
    readings: players.map(({ reader }, user) => ({
      user,
      fromSeq: reader.fromSeq,
      seqs: Uint32Array.from(reader.seqs),
      indexes: Int32Array.from(reader.clientMessageIds, (id) => ids.indexOf(id)),
    })),
  };
  writeFileSync(file, serialize(recording));
}
