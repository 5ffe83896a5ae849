import { absentView, type Clock, type Log, type Looking, type PresenceChange, type PresenceViews } from '@nexo/api';
import { type Audience, limits, type PresenceView } from '@nexo/shared';
import { Item } from '../gateway/batch.ts';
import type { Connection } from '../gateway/hub.ts';

export interface PresenceWatchersOptions {
  readViews(userIds: readonly string[]): Promise<PresenceViews>;
  mayLook(pairs: readonly Looking[]): Promise<boolean[]>;
  /** Of who is gone nobody would ever say so again. */
  isHere(connection: Connection): boolean;
  clock: Clock;
  log: Log;
  /** Watchers hear of one user at most this often. */
  everyMs?: number;
}

/** Users that are read at once. */
const readMax = 500;

/** One connection that watches one user. */
interface Watch {
  mayLook: boolean;
  /** Counts the questions about the right: only the answer to the last one is heeded. */
  asked: number;
  /** The right is being looked at anew: nothing is told until then, and this remembers that something was kept back. */
  pending: 'no' | 'quiet' | 'keptBack';
}

interface Watched {
  userId: string;
  by: Map<Connection, Watch>;
  /** What those who may look have been told last. */
  told: PresenceView | undefined;
  takenAt: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Who on this node watches whom, and what they were told. A change is told at once, the next one of the same user when `everyMs` have
 * passed. Who may not look is told the same as of somebody who does not exist: nothing, ever.
 */
export class PresenceWatchers {
  readonly #options: PresenceWatchersOptions;
  readonly #everyMs: number;
  readonly #watched = new Map<string, Watched>();
  readonly #watching = new Map<Connection, Set<Watched>>();
  #due = new Set<Watched>();
  #reading = false;
  /** A change of everything came: what is thought of who is not there may be different. */
  #mustAskOthers = true;
  #others: PresenceViews['others'] | undefined;
  #closed = false;

  constructor(options: PresenceWatchersOptions) {
    this.#options = options;
    this.#everyMs = options.everyMs ?? limits.presenceEveryMs;
    void this.#read();
  }

  /**
   * Makes the connections of one viewer watch these users, and nobody else. Answers how they are now, as the viewer may see it. Throws
   * when the database does not answer; who was not watched before is then not told of.
   */
  async watch(viewerId: string, connections: readonly Connection[], userIds: readonly string[]): Promise<PresenceView[]> {
    // First to listen, then to look: nothing can happen in between.
    // A call waits for its turn and for its limit, and its socket may close meanwhile.
    const living = connections.filter((connection) => this.#options.isHere(connection));
    const asked = living.flatMap((connection) => this.#enter(connection, userIds));
    const may = await this.#options.mayLook(userIds.map((userId) => ({ viewerId, userId })));
    const visible = new Set(userIds.filter((_, index) => may[index]));
    for (const { userId, watch, number } of asked) {
      // Rights that changed meanwhile are known better.
      if (watch.asked !== number && !watch.mayLook) visible.delete(userId);
      if (watch.asked !== number) continue;
      watch.mayLook = visible.has(userId);
      watch.pending = 'no';
    }
    const { views, others } = await this.#options.readViews([...visible]);
    for (const [userId, view] of views) this.#seed(userId, view);
    return userIds.map((userId) => views.get(userId) ?? absentView(userId, others));
  }

  forget(connection: Connection): void {
    for (const watched of this.#watching.get(connection) ?? []) this.#leave(watched, connection);
    this.#watching.delete(connection);
  }

  isWatched(userId: string): boolean {
    return this.#watched.has(userId);
  }

  /** A user shows their presence to others than before: it counts at once, for who watches them and for whom they watch. */
  audienceChanged(userId: string, audience: Audience): void {
    const affected = [...(this.#watched.get(userId)?.by ?? [])].map(([connection, watch]) => ({ userId, connection, watch }));
    for (const [connection, watching] of this.#watching) {
      if (connection.session.userId !== userId) continue;
      for (const watched of watching) {
        const watch = watched.by.get(connection);
        if (watch !== undefined && watched.userId !== userId) affected.push({ userId: watched.userId, connection, watch });
      }
    }
    void this.#reconsider(affected, audience === 'nobody');
  }

  changed(change: PresenceChange): void {
    if (change === 'all') {
      this.#mustAskOthers = true;
      for (const watched of this.#watched.values()) this.#due.add(watched);
      void this.#read();
      return;
    }
    for (const userId of change) {
      const watched = this.#watched.get(userId);
      if (watched !== undefined) this.#schedule(watched);
    }
  }

  /** Rights may have changed without this node hearing of it. */
  distrust(): void {
    const all = [...this.#watched.values()].flatMap(({ userId, by }) =>
      [...by].map(([connection, watch]) => ({ userId, connection, watch })),
    );
    void this.#reconsider(all, false);
    this.changed('all');
  }

  close(): void {
    this.#closed = true;
    for (const watched of this.#watched.values()) clearTimeout(watched.timer);
    this.#watched.clear();
    this.#watching.clear();
    this.#due.clear();
  }

  #enter(connection: Connection, userIds: readonly string[]) {
    const wanted = new Set(userIds);
    for (const watched of this.#watching.get(connection) ?? []) {
      if (!wanted.has(watched.userId)) this.#leave(watched, connection);
    }
    const watching = new Set<Watched>();
    this.#watching.set(connection, watching);
    return userIds.map((userId) => {
      const watched = this.#demand(userId);
      watching.add(watched);
      const watch: Watch = watched.by.get(connection) ?? { mayLook: false, asked: 0, pending: 'no' };
      watched.by.set(connection, watch);
      watch.asked++;
      // What is about to be told may be what was told last, and is news all the same to who looks in between.
      if (watched.timer !== undefined || this.#due.has(watched)) watched.told = undefined;
      return { userId, watch, number: watch.asked };
    });
  }

  /** Remembers an answer as told, so that a change which changes nothing is not told either. */
  #seed(userId: string, view: PresenceView): void {
    const watched = this.#watched.get(userId);
    if (watched === undefined || watched.told !== undefined || watched.timer !== undefined || this.#due.has(watched)) return;
    watched.told = view;
  }

  #demand(userId: string): Watched {
    let watched = this.#watched.get(userId);
    if (watched === undefined) {
      watched = { userId, by: new Map(), told: undefined, takenAt: Number.NEGATIVE_INFINITY, timer: undefined };
      this.#watched.set(userId, watched);
    }
    return watched;
  }

  #leave(watched: Watched, connection: Connection): void {
    watched.by.delete(connection);
    if (watched.by.size > 0) return;
    clearTimeout(watched.timer);
    this.#watched.delete(watched.userId);
    this.#due.delete(watched);
  }

  /** Takes rights away until it is known anew who has them. */
  async #reconsider(affected: { userId: string; connection: Connection; watch: Watch }[], isNobody: boolean): Promise<void> {
    const before = affected.map(({ watch }) => ({ mayLook: watch.mayLook, number: ++watch.asked }));
    for (const { watch } of affected) {
      watch.mayLook = false;
      if (watch.pending === 'no') watch.pending = 'quiet';
    }
    const may: boolean[] = [];
    try {
      for (let from = 0; from < affected.length && !isNobody; from += readMax) {
        const part = affected.slice(from, from + readMax);
        may.push(
          ...(await this.#options.mayLook(
            part.map(({ userId, connection }) => ({ viewerId: connection.session.userId, userId })),
          )),
        );
      }
    } catch (error) {
      // Who may look is not known, so nobody may.
      this.#options.log.warn({ error }, 'rights to presence could not be read');
    }
    const seen: { userId: string; connection: Connection; watch: Watch }[] = [];
    affected.forEach((one, index) => {
      const { watch, userId, connection } = one;
      if (watch.asked !== before[index]?.number) return;
      watch.mayLook = isNobody ? connection.session.userId === userId : may[index] === true;
      const isTold = watch.pending === 'keptBack' || watch.mayLook !== before[index]?.mayLook;
      watch.pending = 'no';
      if (!isTold) return;
      if (watch.mayLook) seen.push(one);
      else connection.enqueue(itemOf(absentView(userId, this.#others ?? 'unknown')));
    });
    await this.#show(seen);
  }

  /** Tells those who have just been given the right how it is now. */
  async #show(seen: readonly { userId: string; connection: Connection; watch: Watch }[]): Promise<void> {
    const userIds = [...new Set(seen.map(({ userId }) => userId))];
    try {
      for (let from = 0; from < userIds.length; from += readMax) {
        const { views } = await this.#options.readViews(userIds.slice(from, from + readMax));
        for (const { userId, connection, watch } of seen) {
          const view = views.get(userId);
          if (view !== undefined && watch.mayLook) connection.enqueue(itemOf(view));
        }
      }
    } catch (error) {
      this.#options.log.warn({ error }, 'presence could not be read');
    }
  }

  #schedule(watched: Watched): void {
    if (watched.timer !== undefined || this.#due.has(watched)) return;
    const waitMs = watched.takenAt + this.#everyMs - this.#options.clock.now();
    if (waitMs <= 0) {
      this.#due.add(watched);
      void this.#read();
      return;
    }
    watched.timer = setTimeout(() => {
      watched.timer = undefined;
      this.#due.add(watched);
      void this.#read();
    }, waitMs);
    watched.timer.unref();
  }

  /** Reads what is due and tells of it, as long as anything is. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    // What changed in one turn of the loop is read together.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#closed && (this.#due.size > 0 || this.#mustAskOthers)) {
      this.#mustAskOthers = false;
      const some = [...this.#due].slice(0, readMax);
      const now = this.#options.clock.now();
      for (const watched of some) {
        this.#due.delete(watched);
        watched.takenAt = now;
      }
      try {
        const { views, others } = await this.#options.readViews(some.map(({ userId }) => userId));
        this.#heedOthers(others);
        for (const watched of some) this.#tell(watched, views.get(watched.userId));
      } catch (error) {
        this.#options.log.warn({ error }, 'presence could not be read');
      }
    }
    this.#reading = false;
  }

  #tell(watched: Watched, view: PresenceView | undefined): void {
    if (view === undefined || isSame(view, watched.told)) return;
    watched.told = view;
    const item = itemOf(view);
    for (const [connection, watch] of watched.by) {
      if (watch.mayLook) connection.enqueue(item);
      else if (watch.pending !== 'no') watch.pending = 'keptBack';
    }
  }

  /** Who may not look sees what everybody sees of who is not there, also when that changes. */
  #heedOthers(others: PresenceViews['others']): void {
    if (others === this.#others) return;
    const isFirst = this.#others === undefined;
    this.#others = others;
    if (isFirst) return;
    for (const { userId, by } of this.#watched.values()) {
      const hidden = [...by].filter(([, watch]) => !watch.mayLook && watch.pending === 'no');
      if (hidden.length === 0) continue;
      const item = itemOf(absentView(userId, others));
      for (const [connection] of hidden) connection.enqueue(item);
    }
  }
}

function itemOf(view: PresenceView): Item {
  return new Item({ type: 'presence', ...view }, { droppable: true });
}

function isSame(a: PresenceView, b: PresenceView | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
