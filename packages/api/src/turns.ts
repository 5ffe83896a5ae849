import { AppError, limits } from '@nexo/shared';

export interface TurnsOptions {
  /** Turns of one user at the same time. */
  atOnceMax: number;
  /** Those who wait for one; more are refused. */
  waitingMax: number;
}

const retryAfterMs = 1_000;
const ofCalls: TurnsOptions = { atOnceMax: limits.callsAtOncePerUser, waitingMax: limits.callsWaitingMaxPerUser };

/**
 * Lets what one user has done take turns: a few at once, the others wait in line. What is shared by all (the database's connections,
 * memory for answers) somebody with many sockets would otherwise have to themselves.
 */
export class Turns {
  readonly #options: TurnsOptions;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Default: the turns of calls. */
  constructor(options: TurnsOptions = ofCalls) {
    this.#options = options;
  }

  /** Runs `work` when it is its turn. RATE_LIMITED, and nothing is done, when too many wait already. */
  async run<T>(userId: string, work: () => Promise<T>): Promise<T> {
    const passOn = await this.take(userId);
    try {
      return await work();
    } finally {
      passOn();
    }
  }

  /** Resolves when it is the turn, with how to end it, to be called once. RATE_LIMITED when too many wait already. */
  async take(userId: string): Promise<() => void> {
    const running = this.#running.get(userId) ?? 0;
    if (running >= this.#options.atOnceMax) await this.#inLine(userId);
    else this.#running.set(userId, running + 1);
    return () => this.#passOn(userId);
  }

  /** Resolves when a turn is passed on. */
  #inLine(userId: string): Promise<void> {
    const line = this.#waiting.get(userId) ?? [];
    if (line.length >= this.#options.waitingMax) throw new AppError('RATE_LIMITED', { retryAfterMs });
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
