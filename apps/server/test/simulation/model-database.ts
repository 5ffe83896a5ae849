import type { DoorbellHeads } from '@nexo/db';
import type { ConversationKind, MessageContent, PinView, Role } from '@nexo/shared';
import type { Random } from './random.ts';
import type { Actor, Scheduler } from './scheduler.ts';

export interface ConversationRow {
  id: string;
  kind: ConversationKind;
  createdAt: number;
  pins: PinView[];
  /** The change that last touched them. */
  pinsChange: number;
}

export interface HeadRow {
  seq: number;
  change: number;
  countable: number;
}

export interface GroupRow {
  name: string;
  memberCount: number;
  change: number;
}

export interface MemberRow {
  conversationId: string;
  userId: string;
  role: Role;
  /** [from, to), ascending. */
  visible: { from: number; to: number | null }[];
  joinedAt: number;
  leftAt: number | null;
  readSeq: number;
  readCountable: number;
  hiddenSeq: number | null;
  clearedAt: number | null;
  mutedUntil: number | null;
  change: number;
  userChange: number;
}

/** A wording of a message before it was edited. */
export interface Former {
  content: MessageContent;
  editedAt: number | undefined;
  untilChange: number;
}

export interface UserHeadRow {
  change: number;
}

interface DoorbellRow {
  id: number;
  xid: number;
  heads: DoorbellHeads;
  createdAtMs: number;
}

/** Names of rows. What is locked has the same name. */
export const rowOf = {
  user: (id: string) => `user ${id}`,
  conversation: (id: string) => `conversation ${id}`,
  head: (id: string) => `head ${id}`,
  group: (id: string) => `group ${id}`,
  member: (conversationId: string, userId: string) => `member ${conversationId} ${userId}`,
  message: (conversationId: string, seq: number) => `message ${conversationId} ${seq}`,
  /** The unique key of a message's origin; its row holds the seq. */
  origin: (conversationId: string, senderId: string, clientMessageId: string) =>
    `origin ${conversationId} ${senderId} ${clientMessageId}`,
  /** What it said before, the first wording first. */
  former: (conversationId: string, seq: number) => `former ${conversationId} ${seq}`,
  /** What somebody has removed from their own view: the private change of each seq. */
  removed: (conversationId: string, userId: string) => `removed ${conversationId} ${userId}`,
  userHead: (id: string) => `userHead ${id}`,
} as const;

/** What a statement can see: the committed rows, and within a transaction its own. */
export interface Rows {
  get<T>(row: string): T | undefined;
  /** Rows that were filed under this name when they were inserted. */
  filed<T>(under: string): T[];
}

/** Thrown as postgres.js would, with an SQLSTATE. */
export class DatabaseError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const connectionLost = () => new DatabaseError('CONNECTION_CLOSED', 'The connection to the database was lost');

/** How slow the database is, in milliseconds one way. */
export interface DatabaseWeather {
  latencyMaxMs: number;
}

/**
 * A database in memory with what matters of Postgres here: transactions that see what was committed before each of their
 * statements, locks of rows that are held until the end and waited for, a commit that takes effect at one moment which may come
 * late, transaction ids that are taken at the first write and so do not follow the order of commits, and unique keys.
 *
 * Its own happenings belong to it: a node that dies does not take a commit back that was on its way.
 */
export class ModelDatabase implements Rows {
  readonly scheduler: Scheduler;
  readonly actor: Actor;
  readonly random: Random;
  readonly weather: DatabaseWeather;
  readonly epoch: string;
  /** How many transactions have written something. */
  commits = 0;
  /** Commits of this moment on: called when one takes effect. */
  committed: (transaction: Transaction) => void = () => {};
  /** Per connection (a node's name): what will become of its next commits. */
  readonly fates = new Map<string, ('before' | 'after' | number)[]>();
  readonly #rows = new Map<string, unknown>();
  readonly #files = new Map<string, string[]>();
  readonly #locks = new Map<string, { holder: Transaction; waiting: LockWaiter[] }>();
  readonly #open = new Set<Transaction>();
  readonly #away = new Set<string>();
  doorbells: DoorbellRow[] = [];
  #doorbellId = 0;
  #xid = 100;

  constructor(options: { scheduler: Scheduler; random: Random; weather: DatabaseWeather; epoch: string }) {
    this.scheduler = options.scheduler;
    this.random = options.random;
    this.weather = options.weather;
    this.epoch = options.epoch;
    this.actor = options.scheduler.actor('database');
  }

  get<T>(row: string): T | undefined {
    return this.#rows.get(row) as T | undefined;
  }

  filed<T>(under: string): T[] {
    return (this.#files.get(under) ?? []).map((row) => this.#rows.get(row) as T);
  }

  filedNames(under: string): readonly string[] {
    return this.#files.get(under) ?? [];
  }

  /** Nothing of this node reaches the database until it is let again; what it has under way fails. */
  cutOff(node: string): void {
    this.#away.add(node);
    for (const transaction of [...this.#open]) if (transaction.node === node) transaction.lose();
  }

  letIn(node: string): void {
    this.#away.delete(node);
  }

  isAway(node: string): boolean {
    return this.#away.has(node);
  }

  /** One read of one moment, asked for by a node and answered to it. */
  read<T>(asker: Actor, node: string, what: string, work: (rows: Rows) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.scheduler.after(this.actor, this.latencyMs(), what, () => {
        if (this.#away.has(node)) {
          this.scheduler.after(asker, this.latencyMs(), `${what} fails`, () => reject(connectionLost()));
          return;
        }
        const value = work(this);
        this.scheduler.after(asker, this.latencyMs(), `${what} answered`, () => resolve(value));
      });
    });
  }

  begin(asker: Actor, node: string, options: { lockTimeoutMs?: number } = {}): Transaction {
    const transaction = new Transaction(this, asker, node, options.lockTimeoutMs ?? Number.POSITIVE_INFINITY);
    if (this.#away.has(node)) transaction.lose();
    else this.#open.add(transaction);
    return transaction;
  }

  latencyMs(): number {
    const { latencyMaxMs } = this.weather;
    // Mostly quick, now and then not at all.
    return this.random.chance(0.03) ? this.random() * latencyMaxMs * 20 : this.random() * latencyMaxMs;
  }

  nextXid(): number {
    return this.#xid++;
  }

  nextDoorbellId(): number {
    return ++this.#doorbellId;
  }

  /** All transactions below have ended. */
  xmin(): number {
    let xmin = this.#xid;
    for (const { xid } of this.#open) if (xid !== undefined && xid < xmin) xmin = xid;
    return xmin;
  }

  pruneDoorbells(keepMs: number): void {
    this.doorbells = this.doorbells.filter(({ createdAtMs }) => createdAtMs > this.scheduler.nowMs - keepMs);
  }

  /** Takes the lock of a row, or calls back once it is free. */
  lock(row: string, transaction: Transaction, granted: () => void, refused: (error: DatabaseError) => void): void {
    const lock = this.#locks.get(row);
    if (lock === undefined) {
      this.#locks.set(row, { holder: transaction, waiting: [] });
      transaction.locked.push(row);
      granted();
    } else if (lock.holder === transaction) {
      granted();
    } else {
      const waiter: LockWaiter = { transaction, granted };
      lock.waiting.push(waiter);
      if (transaction.lockTimeoutMs === Number.POSITIVE_INFINITY) return;
      waiter.timeout = this.scheduler.after(this.actor, transaction.lockTimeoutMs, `lock timeout ${row}`, () => {
        lock.waiting = lock.waiting.filter((other) => other !== waiter);
        refused(new DatabaseError('55P03', 'canceling statement due to lock timeout'));
      });
    }
  }

  isLockedFor(row: string, transaction: Transaction): boolean {
    const lock = this.#locks.get(row);
    return lock !== undefined && lock.holder !== transaction;
  }

  /** Ends a transaction: its rows hold from this very moment, or never. */
  end(transaction: Transaction, commits: boolean): DatabaseError | undefined {
    if (!this.#open.delete(transaction)) return undefined;
    let refused: DatabaseError | undefined;
    if (commits) {
      const clash = transaction.inserted.find((row) => this.#rows.has(row));
      if (clash === undefined) this.#apply(transaction);
      else refused = new DatabaseError('23505', `duplicate key: ${clash}`);
    }
    for (const row of transaction.locked) this.#unlock(row);
    return refused;
  }

  /** Rows that are there before the story begins. */
  put(row: string, value: unknown, filedUnder: readonly string[] = []): void {
    if (!this.#rows.has(row)) for (const under of filedUnder) this.#file(under, row);
    this.#rows.set(row, value);
  }

  #apply(transaction: Transaction): void {
    for (const [row, value] of transaction.written) this.#rows.set(row, value);
    for (const [under, rows] of transaction.filedRows) for (const row of rows) this.#file(under, row);
    this.doorbells.push(...transaction.doorbells);
    this.commits++;
    this.committed(transaction);
  }

  #file(under: string, row: string): void {
    const rows = this.#files.get(under);
    if (rows === undefined) this.#files.set(under, [row]);
    else rows.push(row);
  }

  #unlock(row: string): void {
    const lock = this.#locks.get(row);
    const next = lock?.waiting.shift();
    if (lock === undefined || next === undefined) {
      this.#locks.delete(row);
      return;
    }
    this.scheduler.cancel(next.timeout);
    lock.holder = next.transaction;
    next.transaction.locked.push(row);
    if (!this.#open.has(next.transaction)) {
      this.#unlock(row);
      return;
    }
    this.scheduler.after(this.actor, 0, `lock of ${row} granted`, next.granted);
  }
}

interface LockWaiter {
  transaction: Transaction;
  granted: () => void;
  timeout?: unknown;
}

/** One transaction of one node. */
export class Transaction implements Rows {
  readonly database: ModelDatabase;
  readonly node: string;
  readonly lockTimeoutMs: number;
  readonly locked: string[] = [];
  readonly written = new Map<string, unknown>();
  readonly inserted: string[] = [];
  readonly filedRows = new Map<string, string[]>();
  readonly doorbells: DoorbellRow[] = [];
  xid: number | undefined;
  readonly #asker: Actor;
  #isLost = false;
  #isCommitting = false;
  #abort: ((error: Error) => void) | undefined;

  constructor(database: ModelDatabase, asker: Actor, node: string, lockTimeoutMs: number) {
    this.database = database;
    this.#asker = asker;
    this.node = node;
    this.lockTimeoutMs = lockTimeoutMs;
  }

  get<T>(row: string): T | undefined {
    return (this.written.has(row) ? this.written.get(row) : this.database.get(row)) as T | undefined;
  }

  filed<T>(under: string): T[] {
    const own = this.filedRows.get(under);
    const known = this.database.filed<T>(under);
    if (own === undefined && this.written.size === 0) return known;
    return [...this.database.filedNames(under), ...(own ?? [])].map((row) => this.get(row) as T);
  }

  /**
   * One statement: asked for by the node, begun at the database once these rows are locked (in this order), done there at one
   * moment, answered to the node.
   */
  statement<T>(what: string, locks: readonly string[], work: (transaction: Transaction) => T): Promise<T> {
    return this.pipeline([{ what, locks, work }]).then(([value]) => value as T);
  }

  /** Several statements that are sent at once and done one after the other, with moments in between. */
  pipeline(statements: readonly Statement[]): Promise<unknown[]> {
    const { scheduler, actor } = this.database;
    return new Promise((resolve, reject) => {
      if (this.#isLost) {
        scheduler.after(this.#asker, this.database.latencyMs(), 'statement fails', () => reject(connectionLost()));
        return;
      }
      const fail = (error: Error) => {
        this.#abort = undefined;
        scheduler.after(this.#asker, this.database.latencyMs(), 'statement fails', () => reject(error));
      };
      this.#abort = fail;
      const values: unknown[] = [];
      const go = (at: number) => {
        if (this.#isLost) return;
        const next = statements[at];
        if (next === undefined) {
          this.#abort = undefined;
          scheduler.after(this.#asker, this.database.latencyMs(), `${statements[0]?.what} answered`, () => resolve(values));
          return;
        }
        const perform = () => {
          if (this.#isLost) return;
          try {
            values.push(next.work(this));
          } catch (error) {
            fail(error instanceof Error ? error : new Error(String(error)));
            return;
          }
          if (at + 1 === statements.length) go(at + 1);
          else scheduler.after(actor, this.database.random() * 0.2, statements[at + 1]?.what ?? '', () => go(at + 1));
        };
        this.#lockAll(next.locks, 0, perform, fail);
      };
      scheduler.after(actor, this.database.latencyMs(), statements[0]?.what ?? 'statement', () => go(0));
    });
  }

  insert(row: string, value: unknown, filedUnder: readonly string[] = []): void {
    this.inserted.push(row);
    for (const under of filedUnder) {
      const rows = this.filedRows.get(under);
      if (rows === undefined) this.filedRows.set(under, [row]);
      else rows.push(row);
    }
    this.write(row, value);
  }

  write(row: string, value: unknown): void {
    this.xid ??= this.database.nextXid();
    this.written.set(row, value);
  }

  ring(heads: DoorbellHeads): void {
    this.xid ??= this.database.nextXid();
    const { scheduler } = this.database;
    this.doorbells.push({ id: this.database.nextDoorbellId(), xid: this.xid, heads, createdAtMs: scheduler.nowMs });
  }

  /** Resolves when it is durable. A connection that dies at this moment leaves the node without an answer either way. */
  commit(): Promise<void> {
    const { database } = this;
    const { scheduler } = database;
    const fate = this.xid === undefined ? undefined : database.fates.get(this.node)?.shift();
    const lateMs = typeof fate === 'number' ? fate : 0;
    return new Promise((resolve, reject) => {
      const answer = (error?: Error) => {
        scheduler.after(this.#asker, database.latencyMs(), error === undefined ? 'commit answered' : 'commit fails', () =>
          error === undefined ? resolve() : reject(error),
        );
      };
      if (this.#isLost) {
        answer(connectionLost());
        return;
      }
      // From here on it is the database's: it may come to pass although nobody waits for it any more.
      this.#isCommitting = true;
      let isAnswered = false;
      this.#abort = (error) => {
        isAnswered = true;
        answer(error);
      };
      scheduler.after(database.actor, database.latencyMs() + lateMs, 'commit', () => {
        const refused = database.end(this, fate !== 'before');
        this.#abort = undefined;
        if (isAnswered) return;
        answer(fate === 'before' || fate === 'after' ? connectionLost() : refused);
      });
    });
  }

  rollback(): void {
    this.database.end(this, false);
  }

  /** The connection is lost. Postgres finds out and rolls back, unless the commit is on its way already. */
  lose(): void {
    this.#isLost = true;
    const { database } = this;
    const isCommitting = this.#isCommitting;
    this.#abort?.(connectionLost());
    this.#abort = undefined;
    if (!isCommitting) database.scheduler.after(database.actor, 1, 'rollback of a lost connection', () => this.rollback());
  }

  #lockAll(rows: readonly string[], at: number, done: () => void, fail: (error: Error) => void): void {
    if (this.#isLost) return;
    const row = rows[at];
    if (row === undefined) {
      done();
      return;
    }
    this.xid ??= this.database.nextXid();
    this.database.lock(
      row,
      this,
      () => this.#lockAll(rows, at + 1, done, fail),
      (error) => fail(error),
    );
  }
}

export interface Statement {
  what: string;
  locks: readonly string[];
  work: (transaction: Transaction) => unknown;
}
