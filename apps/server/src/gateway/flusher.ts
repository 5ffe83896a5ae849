import { limits } from '@nexo/shared';

/** Something with items to write. */
export interface Flushable {
  flush(): void;
}

export interface FlusherOptions {
  /** Longest time that items are gathered under load. */
  gatherMaxMs?: number;
  /** The same when a pass is over very many sockets. */
  gatherLargeMaxMs?: number;
}

/** A pass over the sockets yields to everything else after this long. */
const sliceMs = 4;
/** How many sockets are written between two looks at the clock. */
const socketsPerLook = 32;
/** After a pass, items are gathered for this many times as long as the pass took. So writing takes at most a third of the loop. */
const gatherFactor = 2;
/** After a shorter pass nothing is gathered: a node with little to do would wait for a timer, which is no finer than that. */
const shortPassMs = 1;

/**
 * Decides when queued items are written. An idle node writes at the end of the same turn of the loop; the longer a pass over the
 * sockets takes, the longer the next one gathers, so that a busy node makes fewer and larger writes: the write call is most of
 * what a delivery costs.
 */
export class Flusher {
  readonly #gatherMaxMs: number;
  readonly #gatherLargeMaxMs: number;
  #waiting: Flushable[] = [];
  #state: 'idle' | 'scheduled' | 'flushing' = 'idle';
  #restUntil = 0;

  constructor(options: FlusherOptions = {}) {
    this.#gatherMaxMs = options.gatherMaxMs ?? limits.gatherMaxMs;
    this.#gatherLargeMaxMs = options.gatherLargeMaxMs ?? limits.gatherLargeMaxMs;
  }

  /** How long what is added now would wait, in milliseconds. */
  get restMs(): number {
    return this.#state === 'flushing' ? 0 : Math.max(0, this.#restUntil - performance.now());
  }

  /** Has `flush` called once, soon. The caller does not add the same one again before that. */
  add(one: Flushable): void {
    this.#waiting.push(one);
    if (this.#state === 'idle') this.#schedule();
  }

  #schedule(): void {
    this.#state = 'scheduled';
    const waitMs = this.#restUntil - performance.now();
    // Timers are no finer than a millisecond.
    if (waitMs < 1) setImmediate(() => this.#pass([], 0, 0));
    else setTimeout(() => this.#pass([], 0, 0), waitMs);
  }

  /** Writes what waits, in slices. What comes while a pass is under way belongs to the next one. */
  #pass(passing: Flushable[], from: number, spentMs: number): void {
    let ones = passing;
    if (from === 0) {
      ones = this.#waiting;
      this.#waiting = [];
      this.#state = 'flushing';
    }
    const startedAt = performance.now();
    let at = from;
    while (at < ones.length) {
      const until = Math.min(ones.length, at + socketsPerLook);
      for (; at < until; at++) ones[at]?.flush();
      if (at < ones.length && performance.now() - startedAt > sliceMs) {
        const spent = spentMs + performance.now() - startedAt;
        setImmediate(() => this.#pass(ones, at, spent));
        return;
      }
    }
    const now = performance.now();
    const tookMs = spentMs + now - startedAt;
    const restMaxMs = ones.length >= limits.gatherLargeFromMembers ? this.#gatherLargeMaxMs : this.#gatherMaxMs;
    this.#restUntil = tookMs < shortPassMs ? now : now + Math.min(restMaxMs, tookMs * gatherFactor);
    if (this.#waiting.length > 0) this.#schedule();
    else this.#state = 'idle';
  }
}
