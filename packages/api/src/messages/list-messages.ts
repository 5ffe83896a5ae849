import type { Sql } from '@nexo/db';
import { AppError, type Head, type ListMessagesInput, type ListMessagesResult, limits, type MessageView } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { type MessageRow, messageColumns, messageViewFor, notRemoved, replyJoin } from '../conversations/message-view.ts';
import { readOnly } from '../read-only.ts';

/**
 * A page of what the caller may read: before or after a seq (exclusive), around one (half before, the rest from it on), or the
 * newest. Ascending by seq. Throws NOT_FOUND, and INVALID_INPUT when more than one place is named.
 */
export async function listMessages(ctx: UserContext, input: ListMessagesInput): Promise<ListMessagesResult> {
  const { before, after, around } = input;
  if ([before, after, around].filter((place) => place !== undefined).length > 1) {
    throw new AppError('INVALID_INPUT', { message: 'Name one of before, after and around', field: 'before' });
  }
  const limit = input.limit ?? limits.pageDefault;
  // Of one moment with the right to it: nobody gets what was said after they had left.
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, ctx.session.userId, input.conversationId, 'read');
    const head = await readHead(sql, access);
    if (around !== undefined) return { ...(await pageAround(sql, access, around, limit)), head };
    if (after !== undefined) return { ...(await pageAfter(sql, access, after, limit)), head };
    return { ...(await pageBefore(sql, access, before, limit)), head };
  });
}

type Page = Omit<ListMessagesResult, 'head'>;

async function pageBefore(sql: Sql, access: Access, before: number | undefined, limit: number): Promise<Page> {
  const rows = await readBefore(sql, access, before, limit + 1);
  const items = rows.slice(0, limit).reverse();
  const hasAfter = before !== undefined && (await readAfter(sql, access, before - 1, 1)).length > 0;
  return { items, hasBefore: rows.length > limit, hasAfter };
}

async function pageAfter(sql: Sql, access: Access, after: number, limit: number): Promise<Page> {
  const rows = await readAfter(sql, access, after, limit + 1);
  const hasBefore = (await readBefore(sql, access, after + 1, 1)).length > 0;
  return { items: rows.slice(0, limit), hasBefore, hasAfter: rows.length > limit };
}

async function pageAround(sql: Sql, access: Access, around: number, limit: number): Promise<Page> {
  const half = Math.floor(limit / 2);
  const [older, newer] = await Promise.all([
    readBefore(sql, access, around, half + 1),
    readAfter(sql, access, around - 1, limit - half + 1),
  ]);
  const items = [...older.slice(0, half).reverse(), ...newer.slice(0, limit - half)];
  return { items, hasBefore: older.length > half, hasAfter: newer.length > limit - half };
}

async function readBefore(sql: Sql, access: Access, before: number | undefined, limit: number): Promise<MessageView[]> {
  const below = Math.min(before ?? Number.MAX_SAFE_INTEGER, (access.visibleUpTo ?? Number.MAX_SAFE_INTEGER - 1) + 1);
  const rows = await sql<MessageRow[]>`
    select ${messageColumns(sql, sql`${access.leftChange}::bigint`)} from messages msg ${replyJoin(sql)}
    where msg.conversation_id = ${access.conversationId} and ${access.visible}::int8multirange @> msg.seq and msg.seq < ${below}
      and ${notRemoved(sql, access.userId)}
    order by msg.seq desc limit ${limit}`;
  return rows.map(messageViewFor(access.ranges));
}

async function readAfter(sql: Sql, access: Access, after: number, limit: number): Promise<MessageView[]> {
  const above = Math.max(after, access.visibleFrom - 1);
  const rows = await sql<MessageRow[]>`
    select ${messageColumns(sql, sql`${access.leftChange}::bigint`)} from messages msg ${replyJoin(sql)}
    where msg.conversation_id = ${access.conversationId} and ${access.visible}::int8multirange @> msg.seq and msg.seq > ${above}
      and ${notRemoved(sql, access.userId)}
    order by msg.seq asc limit ${limit}`;
  return rows.map(messageViewFor(access.ranges));
}

/** The head as this reader sees it: who left sees that of the moment they left. */
async function readHead(sql: Sql, access: Access): Promise<Head> {
  const [row] = await sql<Head[]>`
    select
      case when ${access.leftChange}::bigint is null then h.seq else coalesce(upper(${access.visible}::int8multirange) - 1, ${access.readSeq}) end as seq,
      coalesce(${access.leftChange}::bigint, h.change) as change
    from heads h where h.conversation_id = ${access.conversationId}`;
  if (row === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return row;
}
