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
  /** What the viewer sees: the user as they are, what is seen of who is not there, or nothing yet. */
  shown: 'user' | PresenceViews['others'] | 'nothing';
  /** The viewer may not have been told the last that there is to know; heeded only if they may look. */
  isOwed: boolean;
}

/** A watch, with who watches whom. */
interface Affected {
  userId: string;
  connection: Connection;
  watch: Watch;
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
    // A call waits for its turn and for its limit, and its socket may close meanwhile.
    const living = connections.filter((connection) => this.#options.isHere(connection));
    // First to listen, then to look: nothing can happen in between.
    const asked = living.flatMap((connection) => this.#enter(connection, userIds));
    const may = await this.#options.mayLook(userIds.map((userId) => ({ viewerId, userId })));
    const visible = new Set(userIds.filter((_, index) => may[index]));
    for (const { userId, watch, number } of asked) {
      // Rights that changed meanwhile are known better.
      if (watch.asked !== number) continue;
      watch.mayLook = visible.has(userId);
      watch.shown = watch.mayLook ? 'user' : 'nothing';
    }
    const { views, others } = await this.#options.readViews([...visible]);
    this.#doubtOthers(others);
    for (const [userId, view] of views) this.#seed(userId, view);
    // The right may have gone while it was read.
    for (const { userId, watch } of asked) if (!watch.mayLook) visible.delete(userId);
    const seen = new Map([...views].filter(([userId]) => visible.has(userId)));
    for (const { userId, watch } of asked) {
      if (watch.shown === 'nothing') watch.shown = others;
      this.#answered(userId, watch, seen.get(userId));
    }
    return userIds.map((userId) => seen.get(userId) ?? absentView(userId, others));
  }

  /** What is about to be answered may be older or newer than what is told: then it is told once more, as it is. */
  #answered(userId: string, watch: Watch, view: PresenceView | undefined): void {
    const watched = this.#watched.get(userId);
    watch.isOwed ||= !isSame(view, watched?.told);
    if (!watch.isOwed) return;
    if (watched !== undefined && watch.mayLook) this.#schedule(watched);
  }

  /** A reading that differs from what is thought of who is not there is older or newer: it is looked at once more. */
  #doubtOthers(others: PresenceViews['others']): void {
    this.#others ??= others;
    if (others === this.#others) return;
    this.#others = undefined;
    this.#mustAskOthers = true;
    void this.#read();
  }

  forget(connection: Connection): void {
    for (const watched of this.#watching.get(connection) ?? []) this.#leave(watched, connection);
    this.#watching.delete(connection);
  }

  isWatched(userId: string): boolean {
    return this.#watched.has(userId);
  }

  isWatching(connection: Connection): boolean {
    return (this.#watching.get(connection)?.size ?? 0) > 0;
  }

  /**
   * A user shows their presence to others than before, or may do so: it counts at once, for who watches them and for whom they
   * watch. Without an `audience` the database is asked for it.
   */
  audienceChanged(userId: string, audience?: Audience): void {
    const affected: Affected[] = [...(this.#watched.get(userId)?.by ?? [])].map(([connection, watch]) => ({
      ...{ userId, connection, watch },
    }));
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
      for (const watched of this.#watched.values()) this.#schedule(watched);
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
      const watch = watched.by.get(connection) ?? unseen();
      watched.by.set(connection, watch);
      watch.asked++;
      // What is about to be told may be what was told last, and is news all the same to who looks in between.
      if (watched.timer !== undefined || this.#due.has(watched)) watch.isOwed = true;
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
  async #reconsider(affected: readonly Affected[], isNobody: boolean): Promise<void> {
    const numbers = affected.map(({ watch }) => ++watch.asked);
    for (const { watch } of affected) watch.mayLook = false;
    const may = isNobody
      ? affected.map(({ userId, connection }) => connection.session.userId === userId)
      : await this.#readRights(affected);
    affected.forEach((one, index) => {
      const { watch } = one;
      // A later question is under way, and its answer is told.
      if (watch.asked !== numbers[index]) return;
      watch.mayLook = may[index] === true;
      if (watch.mayLook) this.#reveal(one);
      else this.#hide(one);
    });
  }

  /** In the order asked. */
  async #readRights(affected: readonly Affected[]): Promise<boolean[]> {
    const may: boolean[] = [];
    try {
      for (let from = 0; from < affected.length; from += readMax) {
        const part = affected.slice(from, from + readMax);
        const pairs = part.map(({ userId, connection }) => ({ viewerId: connection.session.userId, userId }));
        may.push(...(await this.#options.mayLook(pairs)));
      }
    } catch (error) {
      // Who may look is not known, so nobody may.
      this.#options.log.warn({ error }, 'rights to presence could not be read');
    }
    return may;
  }

  /** Tells who may look how it is now, unless they know. It goes the way of all changes, so that nothing older comes after it. */
  #reveal({ userId, watch }: Affected): void {
    if (watch.shown === 'user' && !watch.isOwed) return;
    watch.isOwed = true;
    const watched = this.#watched.get(userId);
    if (watched === undefined) return;
    clearTimeout(watched.timer);
    watched.timer = undefined;
    this.#due.add(watched);
    void this.#read();
  }

  /** Whoever saw nothing before is told nothing: it would say that something happened. */
  #hide({ userId, connection, watch }: Affected): void {
    if (watch.shown !== 'user') return;
    watch.shown = this.#others ?? 'unknown';
    connection.enqueue(itemOf(absentView(userId, watch.shown)));
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
    if (view === undefined) return;
    const isNews = !isSame(view, watched.told);
    watched.told = view;
    const item = itemOf(view);
    for (const [connection, watch] of watched.by) {
      if (!isNews && !watch.isOwed) continue;
      watch.isOwed = !watch.mayLook;
      if (!watch.mayLook) continue;
      watch.shown = 'user';
      connection.enqueue(item);
    }
  }

  /** Who may not look sees what everybody sees of who is not there, also when that changes. */
  #heedOthers(others: PresenceViews['others']): void {
    if (others === this.#others) return;
    this.#others = others;
    for (const { userId, by } of this.#watched.values()) {
      const blind = [...by].filter(([, { shown }]) => shown !== 'user' && shown !== 'nothing' && shown !== others);
      if (blind.length === 0) continue;
      const item = itemOf(absentView(userId, others));
      for (const [connection, watch] of blind) {
        watch.shown = others;
        connection.enqueue(item);
        // An answer that is on the way may say more, and comes after it.
        watch.isOwed = true;
      }
    }
  }
}

/** Somebody who has only just begun to watch. */
function unseen(): Watch {
  return { mayLook: false, asked: 0, shown: 'nothing', isOwed: false };
}

function itemOf(view: PresenceView): Item {
  return new Item({ type: 'presence', ...view }, { droppable: true });
}

function isSame(a: PresenceView | undefined, b: PresenceView | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
