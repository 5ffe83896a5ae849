import { isDatabaseAway, type Log } from '@nexo/api';
import type { DoorbellHeads, Sql } from '@nexo/db';
import { limits } from '@nexo/shared';

export interface DoorbellTailOptions {
  sql: Sql;
  /** Whether this node has not dispatched the change yet although somebody here listens. */
  isMissed(heads: DoorbellHeads): boolean;
  /** Fetches what is still missing. */
  repair(heads: DoorbellHeads): void;
  /** The tail was away for so long that rows may have been pruned unread. */
  lost(): void;
  log: Log;
  /** How often to read, asked anew before each wait. */
  everyMs(): number;
  /** Head start of the bus, counted from when the tail first sees a row. */
  graceMs?: number;
  keepMs?: number;
}

interface Row {
  xmin: string;
  id: number | null;
  heads: DoorbellHeads | null;
}

/** Short, because until the database is back nothing else does what the tail does. */
const backoffMaxMs = 1_000;

/**
 * Reads every doorbell of every node, surely: whatever the bus lost is found here a moment later.
 *
 * The cursor is not a number of rows but a snapshot: `xmin` is the oldest transaction that was still running when a statement
 * read, so all below it were finished and had been seen, and the next statement asks for everything from there on. A transaction
 * that commits late keeps xmin back until it is done. Rows are therefore met several times and told apart by their id.
 */
export class DoorbellTail {
  readonly #options: DoorbellTailOptions;
  readonly #graceMs: number;
  readonly #keepMs: number;
  #xmin = '';
  /** Ids of the last read: the only ones that the next read can meet again. */
  #seen = new Set<number>();
  #readAt = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #graceTimers = new Set<NodeJS.Timeout>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #failures = 0;

  constructor(options: DoorbellTailOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? limits.doorbellGraceMs;
    this.#keepMs = options.keepMs ?? limits.doorbellKeepMs;
  }

  /** Takes the position from which on nothing is missed, then reads on its own. Throws when the database does not answer. */
  async start(): Promise<void> {
    const [row] = await this.#options.sql<{ xmin: string }[]>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`;
    this.#xmin = row?.xmin ?? '0';
    this.#readAt = performance.now();
    this.#schedule(this.#options.everyMs());
  }

  /** Reads now: the bus may just have lost something. */
  hurry(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#schedule(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
    for (const timer of this.#graceTimers) clearTimeout(timer);
  }

  #schedule(afterMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#poll();
    }, afterMs);
  }

  async #poll(): Promise<void> {
    const startedAt = performance.now();
    try {
      await this.#read();
      this.#failures = 0;
      // After a long read (many rows behind a long transaction) a longer rest.
      this.#schedule(Math.max(this.#options.everyMs(), (performance.now() - startedAt) * 3));
    } catch (error) {
      this.#failures++;
      const waitMs = Math.min(backoffMaxMs, this.#options.everyMs() * 2 ** Math.min(this.#failures, 10));
      const { log } = this.#options;
      if (this.#failures === 1 || !isDatabaseAway(error)) log.warn({ error, waitMs }, 'the doorbells could not be read');
      this.#schedule(waitMs);
    }
  }

  async #read(): Promise<void> {
    // One statement, so that the rows and the next position are of the same snapshot.
    const rows = await this.#options.sql<Row[]>`
      with now as materialized (select pg_snapshot_xmin(pg_current_snapshot()) as xmin)
      select now.xmin::text as xmin, d.id, d.heads
      from now left join doorbells d on d.xid >= ${this.#xmin}::xid8
      order by d.id`;
    const readAt = performance.now();
    if (readAt - this.#readAt > this.#keepMs / 2) {
      this.#options.log.warn({ awayMs: readAt - this.#readAt }, 'the doorbells were not read for long');
      this.#options.lost();
    }
    this.#readAt = readAt;
    const seen = new Set<number>();
    const missed: DoorbellHeads[] = [];
    for (const { id, heads, xmin } of rows) {
      this.#xmin = xmin;
      if (id === null || heads === null) continue;
      seen.add(id);
      if (!this.#seen.has(id) && this.#options.isMissed(heads)) missed.push(heads);
    }
    this.#seen = seen;
    if (missed.length > 0) this.#afterGrace(missed);
  }

  /** Most rows are read while their message is still on the bus. */
  #afterGrace(missed: DoorbellHeads[]): void {
    const timer = setTimeout(() => {
      this.#graceTimers.delete(timer);
      for (const heads of missed) {
        if (this.#options.isMissed(heads)) this.#options.repair(heads);
      }
    }, this.#graceMs);
    this.#graceTimers.add(timer);
  }
}
