import { AppError, limits } from '@nexo/shared';

/**
 * Lets the calls of each user take turns: a few at once, the others wait in line. The database's connections are shared by all, and
 * without this somebody with many sockets would have them all to themselves.
 */
export class Turns {
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Runs `work` when it is its turn. RATE_LIMITED, and nothing is done, when `callsWaitingMaxPerUser` wait already. */
  async run<T>(userId: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(userId) ?? 0;
    if (running >= limits.callsAtOncePerUser) await this.#inLine(userId);
    else this.#running.set(userId, running + 1);
    try {
      return await work();
    } finally {
      this.#passOn(userId);
    }
  }

  /** Resolves when a turn is passed on. */
  #inLine(userId: string): Promise<void> {
    const line = this.#waiting.get(userId) ?? [];
    if (line.length >= limits.callsWaitingMaxPerUser) throw new AppError('RATE_LIMITED', { retryAfterMs: 1_000 });
    this.#waiting.set(userId, line);
    return new Promise((resolve) => line.push(resolve));
  }

  /** The turn goes to the first in line as it is, so that nobody slips in between. */
  #passOn(userId: string): void {
    const line = this.#waiting.get(userId);
    const first = line?.shift();
    if (line?.length === 0) this.#waiting.delete(userId);
    if (first !== undefined) {
      first();
      return;
    }
    const left = (this.#running.get(userId) ?? 1) - 1;
    if (left === 0) this.#running.delete(userId);
    else this.#running.set(userId, left);
  }
}
