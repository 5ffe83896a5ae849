import { AppError, type GroupRequest, type ListRequestsInput, limits, type MyGroupRequest } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readOnly } from '../read-only.ts';
import { msOf, timeOf } from '../sql-time.ts';
import { accessGroup } from './access-group.ts';

export interface RequestPage {
  items: GroupRequest[];
  /** Null at the end. */
  nextCursor: string | null;
}

interface RequestRow {
  conversation_id: string;
  user_id: string;
  message: string | null;
  inviter_id: string | null;
  requested_at: number;
}

/** Applications that the caller may decide, the oldest first. Throws NOT_FOUND and FORBIDDEN where one group is asked for. */
export async function listRequests(ctx: UserContext, input: ListRequestsInput): Promise<RequestPage> {
  const limit = input.limit ?? limits.pageDefault;
  const after = input.cursor === undefined ? null : parsePlace(input.cursor);
  return readOnly(ctx, async (sql) => {
    const { userId } = ctx.session;
    if (input.conversationId !== undefined) {
      await accessGroup(sql, userId, input.conversationId, 'handleRequests', ctx.clock.now());
    }
    const rows = await sql<RequestRow[]>`
      select r.conversation_id, r.user_id, r.message, r.inviter_id, ${msOf(sql, sql`r.requested_at`)} as requested_at
      from members m join group_requests r on r.conversation_id = m.conversation_id and r.status = 'pending'
      where m.user_id = ${userId} and m.left_at is null and m.role in ('owner', 'admin')
        ${input.conversationId === undefined ? sql`` : sql`and m.conversation_id = ${input.conversationId}`}
        ${
          after === null
            ? sql``
            : sql`and (r.requested_at, r.conversation_id, r.user_id) >
                (${timeOf(sql, after.at)}, ${after.conversationId}::uuid, ${after.userId})`
        }
      order by r.requested_at, r.conversation_id, r.user_id limit ${limit + 1}`;
    const items = rows.slice(0, limit).map(requestView);
    const last = items.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return { items, nextCursor: hasMore ? `${last.requestedAt}_${last.conversationId}_${last.userId}` : null };
  });
}

/** How many applications wait for the caller's decision, over all groups that they manage. */
export async function countRequests(ctx: UserContext): Promise<{ count: number }> {
  const [row] = await ctx.db.sql<{ count: number }[]>`
    select count(*)::int as count
    from members m join group_requests r on r.conversation_id = m.conversation_id and r.status = 'pending'
    where m.user_id = ${ctx.session.userId} and m.left_at is null and m.role in ('owner', 'admin')`;
  return { count: row?.count ?? 0 };
}

/**
 * The caller's own latest applications, the newest first, and what became of them. A group that they are not in has the name by which
 * they applied to it.
 */
export async function listMyRequests(ctx: UserContext): Promise<{ items: MyGroupRequest[]; nextCursor: null }> {
  const { sql } = ctx.db;
  const rows = await sql<
    { id: string; name: string; status: MyGroupRequest['status']; requested_at: number; handled_at: number | null }[]
  >`
    select r.conversation_id as id, case when m.user_id is null then r.group_name else g.name end as name, r.status,
      ${msOf(sql, sql`r.requested_at`)} as requested_at, ${msOf(sql, sql`r.handled_at`)} as handled_at
    from group_requests r join groups g on g.conversation_id = r.conversation_id
    left join members m on m.conversation_id = r.conversation_id and m.user_id = r.user_id and m.left_at is null
    where r.user_id = ${ctx.session.userId} and r.inviter_id is null
    order by r.requested_at desc limit ${limits.pageMax}`;
  const items = rows.map((row) => ({
    conversationId: row.id,
    groupName: row.name,
    status: row.status,
    requestedAt: row.requested_at,
    ...(row.handled_at === null ? {} : { handledAt: row.handled_at }),
  }));
  return { items, nextCursor: null };
}

function requestView(row: RequestRow): GroupRequest {
  return {
    conversationId: row.conversation_id,
    userId: row.user_id,
    ...(row.message === null ? {} : { message: row.message }),
    ...(row.inviter_id === null ? {} : { inviterId: row.inviter_id }),
    requestedAt: row.requested_at,
  };
}

function parsePlace(cursor: string): { at: number; conversationId: string; userId: string } {
  const match = /^(\d{1,16}(?:\.\d{1,3})?)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9._@-]{1,64})$/.exec(cursor);
  if (match?.[1] === undefined || match[2] === undefined || match[3] === undefined || Number(match[1]) > 8.64e15) {
    throw new AppError('INVALID_INPUT', { message: 'cursor: not one of ours', field: 'cursor' });
  }
  return { at: Number(match[1]), conversationId: match[2], userId: match[3] };
}
