import { limits } from '@nexo/shared';
import type { Clock, Log } from '../context.ts';
import type { HeldPresence, HeldSession, PresenceChange, PresenceReading, PresenceStore } from './presence-store.ts';

/** How long the last time somebody was here is kept: longer than it takes to reach the database. */
const keepLastSeenMs = 10 * 60_000;
/** How many of them, at most; the oldest are forgotten first. */
const lastSeenMax = 50_000;

export interface LocalPresenceOptions {
  clock: Clock;
  log: Pick<Log, 'error'>;
  /**
   * A fresh process cannot know who is about to come back to it: for so long it says of who is absent that it does not know.
   */
  settleMs?: number;
  /** There are other nodes, of which nothing is heard: who is not here may be there. */
  isOneOfSeveral?: boolean;
}

/** The presence of a single process. Others on the same database are not seen: beside them, who is not here is `unknown`. */
export class LocalPresence implements PresenceStore {
  readonly #clock: Clock;
  readonly #log: Pick<Log, 'error'>;
  readonly #held = new Map<string, HeldPresence>();
  /** Who has gone, the longest gone first. */
  readonly #gone = new Map<string, HeldPresence & { lastSeenAt: number }>();
  readonly #listeners = new Set<(change: PresenceChange) => void>();
  #settling: NodeJS.Timeout | undefined;
  readonly #isOneOfSeveral: boolean;

  constructor(options: LocalPresenceOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#isOneOfSeveral = options.isOneOfSeveral ?? false;
    const settleMs = options.settleMs ?? limits.presenceGraceMs;
    if (settleMs === 0) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#tell('all');
    }, settleMs);
    this.#settling.unref();
  }

  hold(userId: string, sessions: readonly HeldSession[], lastSeenAt?: number): void {
    this.#held.delete(userId);
    this.#gone.delete(userId);
    if (sessions.length > 0) this.#held.set(userId, { sessions });
    // Beside others, whoever has gone from here may be there.
    else if (lastSeenAt !== undefined && !this.#isOneOfSeveral) this.#gone.set(userId, { sessions, lastSeenAt });
    this.#forgetOld();
    this.#tell([userId]);
  }

  async read(userIds: readonly string[]): Promise<PresenceReading> {
    const held = new Map<string, HeldPresence>();
    for (const id of userIds) {
      const found = this.#held.get(id) ?? this.#gone.get(id);
      if (found !== undefined) held.set(id, found);
    }
    return { held, others: this.#isOneOfSeveral || this.#settling !== undefined ? 'unknown' : 'offline' };
  }

  subscribe(listener: (change: PresenceChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    clearTimeout(this.#settling);
    this.#listeners.clear();
  }

  #tell(change: PresenceChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        this.#log.error({ error }, 'a listener to presence failed');
      }
    }
  }

  #forgetOld(): void {
    const until = this.#clock.now() - keepLastSeenMs;
    for (const [id, { lastSeenAt }] of this.#gone) {
      if (lastSeenAt > until && this.#gone.size <= lastSeenMax) break;
      this.#gone.delete(id);
    }
  }
}
