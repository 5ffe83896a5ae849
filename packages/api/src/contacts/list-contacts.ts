import {
  type BlockView,
  type ContactRequestView,
  type ContactView,
  type ListContactRequestsInput,
  type ListContactsInput,
  limits,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
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

export interface Page<T> {
  items: T[];
  /** Null at the end. */
  nextCursor: string | null;
}

/** The caller's contacts, by user id. */
export async function listContacts(ctx: UserContext, input: ListContactsInput): Promise<Page<ContactView>> {
  const limit = input.limit ?? limits.pageDefault;
  const { sql } = ctx.db;
  const rows = await sql<ContactRow[]>`
    select ${contactColumns(sql)} from contacts c
    where c.owner_id = ${ctx.session.userId} and c.removed_at is null and c.contact_id > ${input.cursor ?? ''}
    order by c.contact_id limit ${limit + 1}`;
  return pageOf(rows.map(contactView), limit, (contact) => contact.userId);
}

/** The caller's pending requests of one direction, by the other's user id. */
export async function listContactRequests(ctx: UserContext, input: ListContactRequestsInput): Promise<Page<ContactRequestView>> {
  const limit = input.limit ?? limits.pageDefault;
  const { sql } = ctx.db;
  const isIncoming = input.direction === 'incoming';
  const own = isIncoming ? sql`r.to_id` : sql`r.from_id`;
  const other = isIncoming ? sql`r.from_id` : sql`r.to_id`;
  const rows = await sql<RequestRow[]>`
    select ${requestColumns(sql)} from contact_requests r
    where ${own} = ${ctx.session.userId} and ${other} > ${input.cursor ?? ''}
      and r.ended_at is null and r.expires_at > ${timeOf(sql, ctx.clock.now())}
    order by ${other} limit ${limit + 1}`;
  return pageOf(rows.map(requestView), limit, (request) => (isIncoming ? request.fromUserId : request.toUserId));
}

/** Whom the caller has blocked, by user id. */
export async function listBlocks(ctx: UserContext, input: ListContactsInput): Promise<Page<BlockView>> {
  const limit = input.limit ?? limits.pageDefault;
  const { sql } = ctx.db;
  const rows = await sql<BlockRow[]>`
    select ${blockColumns(sql)} from blocks b
    where b.owner_id = ${ctx.session.userId} and b.removed_at is null and b.blocked_id > ${input.cursor ?? ''}
    order by b.blocked_id limit ${limit + 1}`;
  return pageOf(rows.map(blockView), limit, (block) => block.userId);
}

function pageOf<T>(found: readonly T[], limit: number, idOf: (item: T) => string): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? idOf(last) : null };
}
