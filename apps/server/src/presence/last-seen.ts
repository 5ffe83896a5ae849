import type { Sql } from '@nexo/db';

/** Sessions in one statement. */
const batchMax = 1_000;
/** Sessions that wait to be written; beyond it the ones noted first are given up. */
const waitingMax = 100_000;

/**
 * When sessions that have gone were last seen: noted as it happens, written now and then for all together. Those that are connected
 * are noted by the regular look at whether they still live.
 */
export class LastSeen {
  readonly #sql: Sql;
  #waiting = new Map<string, number>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** `at` in epoch milliseconds. */
  note(sessionId: string, at: number): void {
    this.#waiting.delete(sessionId);
    this.#waiting.set(sessionId, at);
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= waitingMax) break;
      this.#waiting.delete(oldest);
    }
  }

  /** Writes what waits. Throws when the database does not answer; then what was not written waits on. */
  async write(): Promise<void> {
    const all = [...this.#waiting];
    for (let from = 0; from < all.length; from += batchMax) {
      const batch = all.slice(from, from + batchMax);
      const ids = batch.map(([id]) => id);
      const times = batch.map(([, at]) => at);
      // Locked by id, so that nodes which write the same rows do not wait for each other in a circle.
      await this.#sql`
        with locked as materialized (select id from sessions where id = any(${ids}::uuid[]) order by id for no key update)
        update sessions s set last_seen_at = to_timestamp(t.at / 1000.0)
        from unnest(${ids}::uuid[], ${times}::bigint[]) as t (id, at) join locked using (id)
        where s.id = t.id and s.last_seen_at < to_timestamp(t.at / 1000.0)`;
      for (const [id, at] of batch) if (this.#waiting.get(id) === at) this.#waiting.delete(id);
    }
  }
}
