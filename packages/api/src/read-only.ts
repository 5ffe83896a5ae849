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

/**
 * From here on every statement of the transaction is planned by what it asks for: the way to a name that few have is not the way to one
 * that all have. Left alone, a statement that comes often is planned once for both.
 */
export async function planByValues(sql: Sql): Promise<void> {
  await sql`set local plan_cache_mode = force_custom_plan`;
}
