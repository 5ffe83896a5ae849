import type { Sql } from '@nexo/db';

/** Rows removed by one statement at most, so that none holds locks for long. */
const pruneMaxRows = 10_000;
/** Clients forget a request when it expires, by clocks that may be wrong. */
const keepDays = 7;

/** Removes contact requests that expired, answered or not. Nodes may do it at the same time. */
export async function pruneContactRequests(sql: Sql): Promise<void> {
  let removed: number;
  do {
    const result = await sql`
      delete from contact_requests where (from_id, to_id) in (
        select from_id, to_id from contact_requests where expires_at < clock_timestamp() - ${keepDays} * interval '1 day'
        order by expires_at limit ${pruneMaxRows} for update skip locked)`;
    removed = result.count;
  } while (removed === pruneMaxRows);
}
