import type { Sql } from '@nexo/db';

/** Whether the user row of this alias lets others see what was read. */
export function showsReading(sql: Sql, alias: string) {
  return sql`(${sql(alias)}.settings->>'readReceipts') is distinct from 'false'`;
}
