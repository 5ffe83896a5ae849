import { type RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** So many tries at once; each further one only after a wait, which doubles from one to the next. */
export interface GrowingWait {
  firstMs: number;
  maxMs: number;
}

type Counter = Pick<RateLimiterMemory, 'penalty' | 'reward' | 'consume' | 'delete'>;

export interface GrowingWaitsOptions extends GrowingWait {
  /** Tries before the first wait. */
  points: number;
  /** Counts the tries of a key, and forgets them after their time. */
  tries: Counter;
  /** Has one point for each key: whoever takes it makes the others wait. */
  gate: Counter;
}

/** Waits that grow with the tries of a key, counted wherever the two counters count. */
export class GrowingWaits {
  readonly #options: GrowingWaitsOptions;

  constructor(options: GrowingWaitsOptions) {
    this.#options = options;
  }

  /** Counts a try. Answers 0 when it may be made, or the milliseconds to wait: then it does not count, and makes no wait longer. */
  async take(key: string): Promise<number> {
    const { points, firstMs, maxMs, tries, gate } = this.#options;
    // Counted before anything is decided, so that of many at once not all are the first.
    const { consumedPoints } = await tries.penalty(key);
    if (consumedPoints < points) return 0;
    // Beyond forty doublings any bound is reached.
    const waitMs = Math.min(firstMs * 2 ** Math.min(40, Math.floor(consumedPoints - points)), maxMs);
    try {
      await gate.consume(key, 1, { customDuration: waitMs / 1_000 });
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      await tries.reward(key);
      return Math.max(1, refusal.msBeforeNext);
    }
  }

  /** Forgets the tries, and the wait. */
  async reset(key: string): Promise<void> {
    await Promise.all([this.#options.tries.delete(key), this.#options.gate.delete(key)]);
  }
}
