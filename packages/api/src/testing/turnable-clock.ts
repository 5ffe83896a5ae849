import type { Clock } from '../context.ts';

/** A clock that stands still, at the time it was made, until somebody turns it. */
export class TurnableClock implements Clock {
  #nowMs = Date.now();

  now(): number {
    return this.#nowMs;
  }

  /** Lets `ms` milliseconds pass. */
  turn(ms: number): void {
    this.#nowMs += ms;
  }
}
