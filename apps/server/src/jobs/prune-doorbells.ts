import type { Sql } from '@nexo/db';
import { limits } from '@nexo/shared';

/** Rows removed by one statement at most, so that none holds locks for long. */
const pruneMaxRows = 10_000;

/** Removes doorbells that every node has long read. Nodes may do it at the same time. */
export async function pruneDoorbells(sql: Sql, keepMs: number = limits.doorbellKeepMs): Promise<void> {
  let removed: number;
  do {
    const result = await sql`
      delete from doorbells where id in (
        select id from doorbells where created_at < clock_timestamp() - ${keepMs} * interval '1 millisecond'
        order by id limit ${pruneMaxRows})`;
    removed = result.count;
  } while (removed === pruneMaxRows);
}
