import { type CreateDbOptions, createDb, type Db, type Sql } from './create-db.ts';

/** One connection that belongs to one user, so that the statements of a transaction can be sent down it without waiting in between. */
export interface PinnedConnection {
  /**
   * Runs `work` on the connection, opening it if need be. When it throws, an open transaction is rolled back. When the connection
   * is lost, or `work` takes longer than anything the database would allow, it throws at once and the next run opens a new one.
   * Not for use by two callers at once.
   */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** How many connections have been opened: behind another one there may be another database, like one that was restored. */
  readonly opened: number;
  close(): Promise<void>;
}

export interface PinnedConnectionOptions extends Omit<CreateDbOptions, 'max' | 'onClose'> {
  /**
   * After this many milliseconds a run is given up and its connection with it, and so is the opening of one: the database's own
   * timeouts end every statement long before, so the road to it must be dead. Default 20 s.
   */
  runMaxMs?: number;
}

interface Pinned {
  db: Db;
  sql: Sql & { release(): void };
  lost: boolean;
  /** Makes the run that is in progress throw. */
  abort: ((error: Error) => void) | null;
}

/**
 * Makes a pinned connection. What a pool would do when a connection dies between two statements, namely go on with the rest on a
 * new connection and outside of any transaction, cannot happen here: once it is gone, everything that `work` still sends throws.
 *
 * Each connection has a client of its own that goes with it. The client forgets statements that were written after the socket's
 * error and before its close: they would never be answered, and shift the answers of the next connection.
 */
export function createPinnedConnection({ runMaxMs = 20_000, ...options }: PinnedConnectionOptions): PinnedConnection {
  let pinned: Pinned | null = null;
  let opened = 0;

  async function pin(): Promise<Pinned> {
    if (pinned !== null) return pinned;
    let current: Pinned | null = null;
    const db = createDb({ ...options, max: 1, onClose: () => current !== null && lose(current) });
    const timer = setTimeout(() => dispose(db), runMaxMs);
    try {
      // `reserve` takes an open connection only: the first statement opens it.
      await db.sql`select 1`;
      current = { db, sql: await db.sql.reserve(), lost: false, abort: null };
    } catch (error) {
      dispose(db);
      throw error;
    } finally {
      clearTimeout(timer);
    }
    pinned = current;
    opened++;
    return current;
  }

  function lose(current: Pinned): void {
    if (current.lost) return;
    current.lost = true;
    if (pinned === current) pinned = null;
    current.abort?.(connectionLost());
    dispose(current.db);
  }

  return {
    get opened() {
      return opened;
    },
    async run(work) {
      const current = await pin();
      const timer = setTimeout(() => lose(current), runMaxMs);
      try {
        return await orLost(current, () => work(guard(current)));
      } catch (error) {
        // Afterwards the connection is in order, or it is gone.
        if (!current.lost) await orLost(current, () => current.sql`rollback`).catch(() => lose(current));
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
    async close() {
      const current = pinned;
      pinned = null;
      if (current === null) return;
      current.lost = true;
      // The client would wait for a connection that is still taken.
      current.sql.release();
      await current.db.close();
    },
  };
}

/** What `work` gives, unless the connection is lost meanwhile: then it throws, whatever `work` still waits for. */
async function orLost<T>(current: Pinned, work: () => PromiseLike<T>): Promise<T> {
  try {
    return await new Promise<T>((resolve, reject) => {
      current.abort = reject;
      work().then(resolve, reject);
    });
  } finally {
    current.abort = null;
  }
}

function dispose(db: Db): void {
  db.sql.end({ timeout: 0 }).catch(() => undefined);
}

/** The connection with a check in front of each statement. */
function guard(current: Pinned): Sql {
  return new Proxy(current.sql, {
    apply(target, self, args) {
      assertAlive(current);
      return Reflect.apply(target, self, args);
    },
    get(target, key, receiver) {
      if (key === 'unsafe') assertAlive(current);
      return Reflect.get(target, key, receiver);
    },
  });
}

function assertAlive(current: Pinned): void {
  if (current.lost) throw connectionLost();
}

function connectionLost(): Error {
  return Object.assign(new Error('The connection to the database was lost'), { code: 'CONNECTION_CLOSED' });
}
