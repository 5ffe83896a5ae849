/** A conversation of a run and who of the plan's users are online in it, by index. */
export interface PlannedConversation {
  id: string;
  members: readonly number[];
}

/** Sends of one kind, measured apart from the others. */
interface PlannedStream {
  name: string;
  /** Messages a second, over all of its places. */
  rate: number;
  /** Who may send where, by index. Each arrival takes one of them at random. */
  places: readonly (readonly [user: number, conversation: number])[];
}

/** A stretch of the measured time that is looked at by itself. */
export interface PlannedPhase {
  name: string;
  fromSeconds: number;
}

/** One run of sends, whatever the topology. */
export interface LoadPlan {
  users: readonly { id: string; accessToken: string }[];
  conversations: readonly PlannedConversation[];
  streams: readonly PlannedStream[];
  /**
   * `open`: arrivals are fixed before the run, and a user's sends beyond `outstanding` unanswered ones wait at the expense of the
   * result. `closed`: every user always has `outstanding` sends under way, which finds what flows, and says nothing about waiting.
   */
  pace: 'open' | 'closed';
  arrivals: 'poisson' | 'constant';
  outstanding: number;
  warmUpSeconds: number;
  seconds: number;
  /** Of the arrivals, of who sends, and of the lengths of the texts. The same seed is the same schedule. */
  seed: number;
  /** `people`: log-normal with a median of 60; or every text of one length. */
  textBytes: 'people' | number;
  /** Without any: one, the whole measured time. */
  phases?: readonly PlannedPhase[];
  /** Generator processes that share the users. */
  generators: number;
  /** Whether a sender's own message comes back as an event, as it does in the product. Default true. */
  senderHears?: boolean;
  /** A user whose socket closes comes back, and sends again what has no answer. */
  returns?: boolean;
  /** These users read this slowly, and send nothing. */
  slow?: { users: readonly number[]; bytesPerSecond: number };
}

/** What the orchestrator tells one generator process. */
export interface Plan extends LoadPlan {
  /** Of the nodes; user i begins at the i-th of them, cyclically. */
  ports: readonly number[];
  /** This process plays the users whose {@link partOf} is this. */
  part: number;
  /** Epoch milliseconds: in front of every clientMessageId of this run. */
  startedAt: number;
  /** Where the recording goes. */
  recordingFile: string;
}

/** To a generator, in this order. */
export type GeneratorCommand =
  | { type: 'plan'; plan: Plan }
  /** The start of the run, on the clock that all processes share. */
  | { type: 'start'; atMs: number }
  /** Everybody has their answers: by conversation, the last seq that somebody was told. */
  | { type: 'finish'; lastSeqs: number[] };

/** From a generator, in this order. */
export type GeneratorMessage =
  | { type: 'connected'; sockets: number; seconds: number }
  | { type: 'answered'; lastSeqs: number[] }
  | { type: 'done'; part: PartMeasurement };

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

export interface SecondOfRun {
  acked: number;
  delivered: number;
  ackMaxMs: number;
  deliveryMaxMs: number;
}

/** What one generator process measured. */
export interface PartMeasurement {
  /** Acks, and messages applied by others than the sender, that came within the measured time. */
  ackedInTime: number;
  deliveredInTime: number;
  framesInTime: number;
  bytesInTime: number;
  /** Refusals by code; `TIMEOUT` never had an answer, `CLOSED_…` lost its socket. */
  errors: Record<string, number>;
  /** By class (stream × phase). */
  ack: Latency[];
  delivery: Latency[];
  /** Actual minus intended moment of taking up a send. */
  lag: Latency;
  /** How much later than asked the generator's own timers came. */
  eventLoopP99Ms: number;
  /** Sends that found their user with all requests unanswered and had to wait. */
  waited: number;
  /** Repairs by `sync.changes` that a reader needed: 0 when every live frame arrived in order. */
  repairs: number;
  /** Sockets that came back after they were closed. */
  returns: number;
  /** Sockets of slow readers that the server closed. */
  slowClosed: number;
  series: SecondOfRun[];
}

/** What was recorded for the verification. Indexes are numbers of messages in the schedule. */
export interface Recording {
  outcome: Uint8Array;
  ackedSeq: Uint32Array;
  /** Intended moments: of a closed loop nobody knows them before. */
  atMs: Float64Array;
  lastReceivedMs: Float64Array;
  readings: { user: number; conversation: number; fromSeq: number; seqs: Uint32Array; indexes: Int32Array }[];
}

export const outcomes = { unknown: 0, acked: 1, refused: 2, unsent: 3 } as const;

/** Phases of a plan, at least one. */
export function phasesOf(plan: Pick<LoadPlan, 'phases'>): readonly PlannedPhase[] {
  return plan.phases ?? [{ name: 'all', fromSeconds: 0 }];
}

/** Which generator process plays a user. The two of a pair are in one, which so knows when a message of a closed loop began. */
export function partOf(user: number, generators: number): number {
  return (user >> 1) % generators;
}
