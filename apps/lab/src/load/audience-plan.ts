import type { Latency } from './plan.ts';

/** Members of one group who only listen. */
export interface AudiencePlan {
  port: number;
  users: readonly { accessToken: string }[];
  /** Number of the first user within the whole audience: for the address to come from. */
  from: number;
  connectAtOnce: number;
}

export type AudienceCommand =
  | { type: 'plan'; plan: AudiencePlan }
  | { type: 'connect' }
  /** Everybody is a member and has this change already; what they join later they begin with. */
  | { type: 'begin'; change: number }
  /** Waits until everybody who is a member has this change, or so long. */
  | { type: 'reach'; change: number; giveUpMs: number }
  /** What was heard since the last report. */
  | { type: 'report' };

export type AudienceMessage =
  | { type: 'connected'; seconds: number; open: number }
  | { type: 'reached'; atMs: number; late: number }
  | { type: 'reported'; report: AudienceReport };

export interface AudienceReport {
  members: number;
  bytes: number;
  frames: number;
  /** One sample a receiver, of messages that say when they were sent ({@link stampedText}). */
  delivery: Latency;
  /** By seq: when it was to be sent, and when the last receiver had it, on the clock that all processes share. */
  last: [seq: number, sentMs: number, atMs: number][];
  /** Changes that came without the one before them. */
  holes: number;
  /** Listeners who were told to begin anew, since they could not keep up. */
  resyncs: number;
  eventLoopP99Ms: number;
}

const stamp = 'sent at ';

/** A text by which every receiver knows how long it was on its way. */
export function stampedText(sentMs: number): string {
  return `${stamp}${sentMs.toFixed(3)}`;
}

/** The moment in such a text; null in any other. */
export function stampOf(text: string): number | null {
  const ms = text.startsWith(stamp) ? Number.parseFloat(text.slice(stamp.length)) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
