import { type CreateDbOptions, createDb, type Sql } from './create-db.ts';

/** One connection that belongs to one user, so that the statements of a transaction can be sent down it without waiting in between. */
export interface PinnedConnection {
  /**
   * Runs `work` on the connection, opening it if need be. When it throws, an open transaction is rolled back, and a connection
   * that died is left for a new one. Not for use by two callers at once.
   */
  run<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Pinned {
  sql: Sql & { release(): void };
  lost: boolean;
}

/**
 * Makes a pinned connection. What a pool would do when a connection dies between two statements, namely go on with the rest on a
 * new connection and outside of any transaction, cannot happen here: once it is gone, everything that `work` still sends throws.
 */
export function createPinnedConnection(options: Omit<CreateDbOptions, 'max'>): PinnedConnection {
  let pinned: Pinned | null = null;
  const db = createDb({
    ...options,
    max: 1,
    onClose: () => {
      if (pinned !== null) pinned.lost = true;
      pinned = null;
    },
  });

  /** `reserve` takes an open connection only: the first statement opens it. */
  async function pin(): Promise<Pinned> {
    if (pinned !== null) return pinned;
    await db.sql`select 1`;
    const sql = await db.sql.reserve();
    const current: Pinned = { sql, lost: false };
    pinned = current;
    return current;
  }

  return {
    async run(work) {
      const current = await pin();
      const guarded = guard(current);
      try {
        return await work(guarded);
      } catch (error) {
        if (!current.lost) await current.sql`rollback`.catch(() => undefined);
        throw error;
      }
    },
    async close() {
      // The pool would wait for a connection that is still taken.
      pinned?.sql.release();
      await db.close();
    },
  };
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
  if (current.lost) throw Object.assign(new Error('The connection to the database was lost'), { code: 'CONNECTION_CLOSED' });
}
