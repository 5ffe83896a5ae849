import type { ServerResponse } from 'node:http';

/** Answers of one user over HTTP that are being made, or not read yet. Each may be many megabytes. */
const answersMaxPerUser = 8;
/** An answer that is not read to its end by then is given up with its connection. */
const answerMaxMs = 60_000;

/**
 * Lets the requests of each user take turns, so that who asks without reading the answers fills no memory with them and delays
 * nobody else.
 */
export class HttpTurns {
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  /** Resolves when it is the turn of this request; it lasts until the response is over, whether it was answered or not. */
  async take(userId: string, res: ServerResponse): Promise<void> {
    while ((this.#running.get(userId) ?? 0) >= answersMaxPerUser) await this.#next(userId);
    if (res.destroyed) {
      this.#wake(userId);
      return;
    }
    this.#running.set(userId, (this.#running.get(userId) ?? 0) + 1);
    const timer = setTimeout(() => res.destroy(), answerMaxMs);
    timer.unref();
    res.once('close', () => {
      clearTimeout(timer);
      const left = (this.#running.get(userId) ?? 1) - 1;
      if (left === 0) this.#running.delete(userId);
      else this.#running.set(userId, left);
      this.#wake(userId);
    });
  }

  #next(userId: string): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#waiting.get(userId);
      if (queue === undefined) this.#waiting.set(userId, [resolve]);
      else queue.push(resolve);
    });
  }

  #wake(userId: string): void {
    const queue = this.#waiting.get(userId);
    queue?.shift()?.();
    if (queue?.length === 0) this.#waiting.delete(userId);
  }
}
