import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { arrayTypes } from './array-types.ts';
import { gatheringSockets } from './gathering-socket.ts';
import * as schema from './schema/index.ts';

export type Sql = postgres.Sql<{ bigint: number }>;
export type Orm = PostgresJsDatabase<typeof schema>;

export interface CreateDbOptions {
  /** A postgres:// address. */
  url: string;
  /** Connections of this pool. Few are enough: about two a core over all pools. */
  max?: number;
  /** Shown in pg_stat_activity. */
  name?: string;
  /** Longest single statement, in milliseconds. */
  statementTimeoutMs?: number;
  /** Further settings of every connection, like `{ plan_cache_mode: 'force_generic_plan' }`. */
  settings?: Record<string, string>;
  /** Called whenever a connection of the pool has closed. */
  onClose?: () => void;
}

/** A pool of connections: `sql` for hand-written statements, `orm` for everything that drizzle says as well. */
export interface Db {
  sql: Sql;
  orm: Orm;
  close(): Promise<void>;
}

const statementTimeoutMs = 5_000;
/** The database ends every statement by itself long before it was silent for so many times the longest one: it must be gone. */
const silentFactor = 3;

/**
 * Opens a pool (lazily: no connection is made before the first query). int8 comes back as a number, since every counter of ours
 * stays far below 2^53. A lock that is not had within 2 s, or a statement that runs too long, fails instead of piling up work.
 */
export function createDb(options: CreateDbOptions): Db {
  const longestStatementMs = options.statementTimeoutMs ?? statementTimeoutMs;
  const sql = postgres(options.url, {
    max: options.max ?? 4,
    onnotice: () => {},
    ...(options.onClose === undefined ? {} : { onclose: options.onClose }),
    ...ownSockets(longestStatementMs * silentFactor),
    connect_timeout: 5,
    // A database that comes back is used again within about a second; the default waits up to twenty.
    backoff: (retries) => Math.min(1, 0.05 * 2 ** retries),
    fetch_types: false,
    types: {
      ...arrayTypes,
      bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: (text: string) => Number(text) },
    },
    connection: {
      application_name: options.name ?? 'nexo',
      statement_timeout: longestStatementMs,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 5_000,
      // Of a connection that went silent in the middle of a question Postgres waits for the rest, in a statement that is done and a
      // transaction that is not idle: neither limit above ends it, and its locks would be held for ever. PostgreSQL 17.
      transaction_timeout: longestStatementMs * silentFactor,
      ...options.settings,
    },
  });
  const orm = drizzle(sql, { schema, casing: 'snake_case' });
  return { sql, orm, close: () => sql.end({ timeout: 5 }) };
}

/** The client documents the option and leaves it out of its types. */
function ownSockets(silentMaxMs: number): object {
  return { socket: gatheringSockets(silentMaxMs) };
}
