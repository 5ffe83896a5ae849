import type { Sql } from '@nexo/db';

/** Epoch milliseconds of a timestamptz expression, as a float that is exact for whole milliseconds. */
export function msOf(sql: Sql, expression: ReturnType<Sql>) {
  return sql`(extract(epoch from ${expression}) * 1000)::float8`;
}

/** The timestamptz of these epoch milliseconds; null for null. */
export function timeOf(sql: Sql, epochMs: number | null) {
  return sql`to_timestamp(${epochMs}::float8 / 1000)`;
}
