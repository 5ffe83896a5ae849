import type { Sql } from '@nexo/db';
import type { ContactsDiff } from '@nexo/shared';
import { timeOf } from '../sql-time.ts';
import {
  type BlockRow,
  blockColumns,
  blockView,
  type ContactRow,
  contactColumns,
  contactView,
  type RequestRow,
  requestColumns,
  requestView,
} from './contact-rows.ts';

/**
 * What changed above a private change of what a user keeps of others and is asked by them. Rows stay when they end, so nothing is missed however long a client was away; what expired
 * by itself is known to expire. Null: all there is, without what has ended.
 */
export async function readContactsDiff(sql: Sql, userId: string, since: number | null, now: number): Promise<ContactsDiff> {
  const [contacts, requests, blocks] = await Promise.all([
    sql<ContactRow[]>`
      select ${contactColumns(sql)} from contacts c
      where c.owner_id = ${userId} and ${since === null ? sql`c.removed_at is null` : sql`c.user_change > ${since}`}
      order by c.contact_id`,
    sql<RequestRow[]>`
      select ${requestColumns(sql)} from contact_requests r
      where (r.from_id = ${userId} ${since === null ? sql`` : sql`and r.from_change > ${since}`}
          or r.to_id = ${userId} ${since === null ? sql`` : sql`and r.to_change > ${since}`})
        and r.expires_at > ${timeOf(sql, now)} ${since === null ? sql`and r.ended_at is null` : sql``}
      order by r.from_id, r.to_id`,
    sql<BlockRow[]>`
      select ${blockColumns(sql)} from blocks b
      where b.owner_id = ${userId} and ${since === null ? sql`b.removed_at is null` : sql`b.user_change > ${since}`}
      order by b.blocked_id`,
  ]);
  return {
    contacts: contacts.filter((row) => row.removed_at === null).map(contactView),
    removedContactIds: contacts.filter((row) => row.removed_at !== null).map((row) => row.contact_id),
    requests: requests.map(requestView),
    blocks: blocks.filter((row) => row.removed_at === null).map(blockView),
    unblockedIds: blocks.filter((row) => row.removed_at !== null).map((row) => row.blocked_id),
  };
}
