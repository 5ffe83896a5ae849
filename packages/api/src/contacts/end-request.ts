import { limits } from '@nexo/shared';
import type { Services } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import type { Tx } from '../transact.ts';
import { isPending, type RequestRow, requestColumns, requestView } from './contact-rows.ts';

/** The last request of one to the other, whatever became of it. */
export async function readRequest(tx: Tx, from: string, to: string): Promise<RequestRow | undefined> {
  const [row] = await tx.sql<RequestRow[]>`
    select ${requestColumns(tx.sql)} from contact_requests r where r.from_id = ${from} and r.to_id = ${to}`;
  return row;
}

/** Ends a pending request between two people, who are locked, and tells both. False when none is pending. */
export async function endRequest(
  ctx: Pick<Services, 'clock'>,
  tx: Tx,
  request: { from: string; to: string; end: 'refused' | 'cancelled' },
): Promise<boolean> {
  const { from, to, end } = request;
  const now = ctx.clock.now();
  if (!isPending(await readRequest(tx, from, to), now)) return false;
  const changes = await tx.moveUserHeads([from, to]);
  const [row] = await tx.sql<RequestRow[]>`
    update contact_requests r set ended_at = ${timeOf(tx.sql, now)}, "end" = ${end},
      from_change = ${changes.get(from) ?? 0}, to_change = ${changes.get(to) ?? 0}
    where r.from_id = ${from} and r.to_id = ${to} returning ${requestColumns(tx.sql)}`;
  if (row !== undefined) tellRequest(tx, row, changes);
  return true;
}

/** Tells both sides how a request stands. */
export function tellRequest(tx: Tx, row: RequestRow, changes: ReadonlyMap<string, number>): void {
  const request = requestView(row);
  for (const userId of [row.from_id, row.to_id]) {
    const userChange = changes.get(userId) ?? 0;
    tx.tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.contactRequest', userChange, request }] });
  }
}

/** Until when who was refused must wait; the past for everybody else. Epoch milliseconds. */
export function mayAskAgainAt(row: RequestRow | undefined): number {
  return row?.end === 'refused' && row.ended_at !== null ? row.ended_at + limits.contactRequestAgainMs : 0;
}
