/** The same numbers on every run (mulberry32), so that seeding again makes the same messages. */
export class Random {
  #state: number;

  constructor(seed: string) {
    this.#state = [...seed].reduce((state, char) => Math.imul(state ^ (char.codePointAt(0) ?? 0), 16_777_619), 2_166_136_261);
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return this.anyOf(items) ?? items[0];
  }

  /** Undefined when there are none. */
  anyOf<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.next() * items.length)];
  }
}
