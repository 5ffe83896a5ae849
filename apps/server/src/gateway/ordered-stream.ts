import type { Log } from '@nexo/api';
import { limits } from '@nexo/shared';

/** Facts with the numbers `from` to `to`, without a hole. */
export interface Range<E> {
  from: number;
  to: number;
  events: readonly E[];
}

/** What the database knows beyond a cursor. `events` may leave numbers out that later ones have overtaken. */
export interface Missing<E> {
  head: number;
  events: readonly E[];
}

export interface OrderedStreamOptions<E> {
  numberOf(event: E): number;
  /** Hands one event on. Strictly ascending. */
  dispatch(event: E): void;
  /** Called after the cursor has moved and everything up to it was dispatched. */
  moved?(): void;
  /** Reads what lies beyond `cursor` from the database. */
  readMissing(cursor: number): Promise<Missing<E>>;
  /** Called after a repair, because it may have left out numbers. `since` is where it began. */
  repaired?(head: number, since: number): void;
  /** Called when something had been missing, and nothing is any more. */
  whole?(): void;
  log: Log;
  holdMs?: number;
}

const repairRetryMs = 500;

/**
 * One numbered stream on this node: dispatches every number exactly once and in order, whatever the bus does. What comes early is
 * held (bounded) for a moment; if the gap stays, the missing part is read from the database.
 */
export class OrderedStream<E> {
  readonly #options: OrderedStreamOptions<E>;
  /** The last number that was dispatched; undefined until `begin`. */
  #cursor: number | undefined;
  #held: Range<E>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #repairing = false;
  /** Numbers up to here went missing, which the reading under way, or what `begin` is told, may be too old to know. */
  #missedUpTo = 0;
  #closed = false;

  constructor(options: OrderedStreamOptions<E>) {
    this.#options = options;
  }

  get cursor(): number | undefined {
    return this.#cursor;
  }

  /** From here on: `cursor` was reached by other means. Until then everything is held. */
  begin(cursor: number): void {
    if (this.#closed || (this.#cursor !== undefined && this.#cursor >= cursor)) return;
    this.#cursor = cursor;
    this.#drain();
    if (this.isBehind(this.#missedUpTo)) this.repair();
  }

  /** What the bus brought. */
  accept(range: Range<E>): void {
    if (this.#closed || (this.#cursor !== undefined && range.to <= this.#cursor)) return;
    if (this.#cursor !== undefined && range.from <= this.#cursor + 1) {
      this.#dispatch(range.events, range.to);
      if (this.#held.length > 0) {
        this.#drain();
        this.#tellWhole();
      }
      return;
    }
    this.#hold(range);
  }

  /** Nothing is known to be missing: nothing is held, and nothing is being read or is to be. */
  get isWhole(): boolean {
    return !this.#repairing && this.#held.length === 0 && this.#timer === undefined;
  }

  /** Whether something up to `to` is still missing here. Before `begin` nobody knows, so it may be. */
  isBehind(to: number): boolean {
    return this.#cursor === undefined || this.#cursor < to;
  }

  /**
   * Reads what is missing, and again if that turns out not to reach `upTo` (by default whatever is there by now). Tries until it
   * can or the stream is closed. One at a time, and none before `begin`.
   */
  repair(upTo = Number.POSITIVE_INFINITY): void {
    if (this.#closed) return;
    if (this.#repairing || this.#cursor === undefined) {
      this.#missedUpTo = Math.max(this.#missedUpTo, upTo);
      return;
    }
    this.#repairing = true;
    this.#missedUpTo = 0;
    this.#stopTimer();
    void this.#repair(this.#cursor);
  }

  close(): void {
    this.#closed = true;
    this.#held = [];
    this.#stopTimer();
  }

  async #repair(cursor: number): Promise<void> {
    let missing: Missing<E>;
    try {
      missing = await this.#options.readMissing(cursor);
    } catch (error) {
      this.#repairing = false;
      if (this.#closed) return;
      this.#options.log.warn({ error }, 'the missing part of a stream could not be read');
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined;
        this.repair();
      }, repairRetryMs);
      return;
    }
    this.#repairing = false;
    if (this.#closed) return;
    const { numberOf } = this.#options;
    this.#dispatch(
      [...missing.events].sort((a, b) => numberOf(a) - numberOf(b)),
      missing.head,
    );
    this.#options.repaired?.(missing.head, cursor);
    this.#drain();
    if (this.isBehind(this.#missedUpTo)) this.repair();
    this.#tellWhole();
  }

  #tellWhole(): void {
    if (this.isWhole && !this.#closed) this.#options.whole?.();
  }

  #dispatch(events: readonly E[], to: number): void {
    for (const event of events) {
      const number = this.#options.numberOf(event);
      if (this.#cursor !== undefined && number <= this.#cursor) continue;
      this.#options.dispatch(event);
      // One number may carry several events, so the cursor follows only after the last of them.
      if (this.#closed) return;
    }
    if (this.#cursor === undefined || to > this.#cursor) {
      this.#cursor = to;
      this.#options.moved?.();
    }
  }

  #hold(range: Range<E>): void {
    if (this.#held.length >= limits.busHoldMaxMessages) {
      // Too much to wait for: the database has it all.
      this.#held = [];
      this.repair();
      return;
    }
    this.#held.push(range);
    if (this.#cursor === undefined || this.#repairing) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.repair();
    }, this.#options.holdMs ?? limits.busHoldMs);
  }

  /** Dispatches what is held and has its turn; waits on for what has not. */
  #drain(): void {
    if (this.#cursor === undefined || this.#held.length === 0) return;
    const held = this.#held.sort((a, b) => a.from - b.from);
    this.#held = [];
    this.#stopTimer();
    for (const range of held) this.accept(range);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
