import type { Sql } from '@nexo/db';
import type { Services } from './context.ts';

/** Reads that must be of one moment: the statements inside share a snapshot. */
export async function readOnly<T>(ctx: Pick<Services, 'db'>, work: (sql: Sql) => Promise<T>): Promise<T> {
  const result = await ctx.db.sql.begin('isolation level repeatable read read only', (tx) =>
    // A transaction of postgres.js takes statements like the pool does; its type only lacks what opens connections.
    work(tx as unknown as Sql),
  );
  return result as T;
}
