import type { Line } from '../history/line.ts';
import type { Random } from '../load/random.ts';
import type { System } from '../trial/system.ts';

/** What a fault may lay hands on. */
export interface Victims {
  system: System;
  /** Sets the clocks of some devices wrong; 0 sets them right. Answers how many. */
  setClocks(offsetMs: number): Promise<number>;
  /** Waits for a part of the system that no other fault has in hand, and takes it until the fault is healed. */
  take(part: 'postgres' | 'redis' | 'node', choice: number): Promise<number>;
  /** The same for all nodes at once: two faults that took them one by one would wait for each other for ever. */
  takeNodes(): Promise<void>;
  random: Random;
  write(line: Line): void;
}

/** One thing that goes wrong. */
export interface Fault {
  /** A sentence for `--list`. */
  summary: string;
  /** How long it lasts. */
  lastsMs: readonly [least: number, most: number];
  /** It strikes once in a trial, however long that is. */
  once?: true;
  /** Resolves when it has struck. */
  strike(victims: Victims): Promise<Struck>;
}

export interface Struck {
  /** What was hit. */
  detail: string;
  heal(): Promise<void>;
  /**
   * Asked before healing: why it did nothing, or null. `idle` is no reproach: there was nothing to hit (nobody uses Redis).
   */
  didNothing(): Promise<{ why: string; idle?: true } | null>;
}

/** For faults of which striking is the proof. */
export const surely = async () => null;
