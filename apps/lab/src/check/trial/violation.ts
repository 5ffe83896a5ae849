import type { Line } from '../../history/line.ts';

/** The invariants that are checked; each has its row in docs/reliability.md. */
export type Invariant =
  | ('I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10')
  | ('I11' | 'I12' | 'I13' | 'I14' | 'I16' | 'I17' | 'I18' | 'I19' | 'I20' | 'I22' | 'I24' | 'I25')
  | ('I26' | 'I27' | 'I28' | 'I29' | 'I30' | 'I31' | 'I32' | 'I33' | 'I34' | 'I35' | 'I36' | 'I37');

/** Something that must never be, with the least that proves it. */
export interface Violation {
  invariant: Invariant;
  conversation: string | null;
  /** One sentence with the names and numbers. */
  what: string;
  /** Lines of the history that together prove it, in the order of time. */
  story: Line[];
  /** What the database says to it, where that is part of the proof. */
  stored: string[];
}

/** Told of one invariant at most: a broken run would otherwise report every message. */
const perInvariantMax = 10;

/** Gathers what is found, and stops telling at a bound. */
export class Violations {
  readonly list: Violation[] = [];
  readonly #told = new Map<Invariant, number>();
  /** Found in all, those beyond the bound included. */
  count = 0;

  add(
    invariant: Invariant,
    conversation: string | null,
    what: string,
    story: readonly (Line | undefined)[],
    stored: string[] = [],
  ) {
    this.count++;
    const told = this.#told.get(invariant) ?? 0;
    if (told >= perInvariantMax) return;
    this.#told.set(invariant, told + 1);
    const lines = [...new Set(story)].filter((line) => line !== undefined).sort((a, b) => a.t - b.t);
    this.list.push({ invariant, conversation, what, story: lines, stored });
  }
}
