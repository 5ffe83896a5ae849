import type { Latency } from './plan.ts';

/** One call at its moment, and how its answer is looked at. */
export type PlannedCall = { atMs: number; user: number; name: string } & (
  | { kind: 'page'; input: Record<string, unknown>; expect: { first: number; last: number } }
  | { kind: 'mark'; conversationId: string; seq: number }
  | { kind: 'coldSync'; conversations: number }
  | { kind: 'resume'; epoch: string; userChange: number; cursors: { id: string; change: number }[]; changed: number }
  | { kind: 'missed'; conversationId: string; since: number; fromSeq: number; count: number }
);

export interface CallersPlan {
  port: number;
  users: readonly { accessToken: string }[];
  /** Whether each user listens to `sync.events`, as an app does. */
  subscribe: boolean;
  warmUpSeconds: number;
  seconds: number;
  /** Ascending in time. */
  calls: PlannedCall[];
}

export type CallersCommand = { type: 'plan'; plan: CallersPlan } | { type: 'start'; atMs: number };

export type CallersMessage = { type: 'connected' } | { type: 'done'; result: CallersResult };

export interface CallersResult {
  /** By name of the call, from the intended moment. */
  latencies: Record<string, Latency>;
  lag: Latency;
  eventLoopP99Ms: number;
  errors: Record<string, number>;
  /** Answers that were not what the database has; the first twenty. */
  wrong: string[];
  answeredInTime: number;
  bytes: number;
  /** When the last one had its answer, after the start. */
  allAnsweredMs: number;
}
