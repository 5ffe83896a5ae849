import type { LoadOptions } from './options.ts';

/** What the orchestrator tells a generator process to do. */
export interface Plan {
  port: number;
  options: LoadOptions;
  users: readonly { id: string; accessToken: string }[];
  conversations: readonly string[];
  /** Epoch milliseconds: in front of every clientMessageId of this run. */
  startedAt: number;
  /** Where the recording goes. */
  recordingFile: string;
}

/** Index into `Plan.conversations` of the one conversation that a user writes and reads in. */
export function conversationOf(plan: Pick<Plan, 'options'>, user: number): number {
  return plan.options.workload === 'direct' ? user >> 1 : 0;
}

/** From the generator, in this order. */
export type GeneratorMessage =
  | { type: 'connected'; sockets: number; seconds: number }
  | { type: 'measuring' }
  | { type: 'measured' }
  | { type: 'drained'; measurement: Measurement }
  | { type: 'failed'; message: string };

/** Latencies in microseconds, from the intended moment of the send. */
export interface Latency {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
  /** The whole histogram (HdrHistogram V2, compressed, base64). */
  raw: string;
}

export interface Measurement {
  /** Messages whose intended moment lies in the measured time. */
  intended: number;
  acked: number;
  /** Acks, and messages applied by others than the sender, that came within the measured time. */
  ackedInTime: number;
  deliveredInTime: number;
  framesInTime: number;
  bytesInTime: number;
  /** Refusals by code; `TIMEOUT` never had an answer, `CLOSED` lost its socket. */
  errors: Record<string, number>;
  ack: Latency;
  delivery: Latency;
  /** Per message, when the last receiver had it. */
  lastReceiver: Latency;
  /** Actual minus intended moment of taking up a send. */
  lag: Latency;
  /** How much later than asked the generator's own timers came. */
  eventLoopP99Ms: number;
  /** Sends that found their user with all requests unanswered and had to wait. */
  waited: number;
  /** Repairs by `sync.changes` that a reader needed: 0 when every live frame arrived in order. */
  repairs: number;
  /** One entry a second from the start of the warm-up. */
  series: { acked: number; delivered: number; ackMaxMs: number }[];
}

/** What was recorded for the verification, by number of the message in the schedule. */
export interface Recording {
  outcome: Uint8Array;
  ackedSeq: Uint32Array;
  readings: { user: number; fromSeq: number; seqs: Uint32Array; indexes: Int32Array }[];
}

export const outcomes = { unknown: 0, acked: 1, refused: 2 } as const;
