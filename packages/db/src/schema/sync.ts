import { sql } from 'drizzle-orm';
import { bigint, index, integer, jsonb, pgTable, uuid } from 'drizzle-orm/pg-core';
import { instant, xid8 } from './columns.ts';

/**
 * Which heads moved: one row per commit. Every node tails it with a snapshot cursor, so that nothing can commit behind it; the
 * bus is only faster. Rows are kept for minutes.
 */
export const doorbells = pgTable(
  'doorbells',
  {
    id: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    /** DoorbellHeads of `../doorbell.ts`. */
    heads: jsonb().notNull(),
    createdAt: instant().notNull().default(sql`clock_timestamp()`),
  },
  (t) => [index('doorbells_xid').on(t.xid)],
);

/** One row. The epoch changes when a backup is restored: counters may have gone back, so clients drop what they hold. */
export const system = pgTable('system', {
  one: integer().primaryKey().default(1),
  epoch: uuid().notNull().default(sql`gen_random_uuid()`),
});
