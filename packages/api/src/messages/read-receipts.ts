import type { Sql } from '@nexo/db';
import { AppError, limits, type Receipts, type ReceiptsInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { readOnly } from '../read-only.ts';
import { showsReading } from '../users/shows-reading.ts';

/**
 * Who of the present members has read a message of the caller's. Throws NOT_FOUND when there is no such message to be seen, and
 * FORBIDDEN for who has left, for a message of somebody else, and for who hides what they have read themselves. Who may not see the
 * members of a group, or is in one of more than `receiptsMaxMembers`, gets counts only. RATE_LIMITED when too often.
 */
export async function readReceipts(ctx: UserContext, input: ReceiptsInput): Promise<Receipts> {
  const { conversationId, seq } = input;
  await ctx.rateLimits.take('receiptsPerUser', ctx.session.userId);
  return readOnly(ctx, async (sql) => {
    const access = await accessConversation(sql, ctx.session.userId, conversationId, 'present');
    const [message] = await sql<{ sender_id: string; type: string }[]>`
      select sender_id, type from messages
      where conversation_id = ${conversationId} and seq = ${seq} and ${access.visible}::int8multirange @> seq`;
    if (message === undefined) throw new AppError('NOT_FOUND', { message: 'No such message', field: 'seq' });
    if (message.sender_id !== access.userId || message.type === 'notice') {
      throw new AppError('FORBIDDEN', { message: 'Only of messages of your own', field: 'seq' });
    }
    // While there is a block between the two of a direct conversation it stays what it was when that began.
    const readUpTo = sql`coalesce(m.shown_read_seq, m.read_seq)`;
    // Whether they have cleared it since is their own business.
    const wasTheirs = sql`(m.visible @> ${seq}::bigint or coalesce(m.cleared @> ${seq}::bigint, false))`;
    const mine = await sql`select 1 from users u where u.id = ${access.userId} and ${showsReading(sql, 'u')}`;
    if (mine.length === 0) throw new AppError('FORBIDDEN', { message: 'You do not show others what you have read' });
    const [count] = await sql<{ members: number; read: number }[]>`
      select count(*)::int as members, (count(*) filter (where ${readUpTo} >= ${seq}))::int as read
      from members m join users u on u.id = m.user_id
      where m.conversation_id = ${conversationId} and m.left_at is null and m.user_id <> ${access.userId}
        and ${wasTheirs} and ${showsReading(sql, 'u')}`;
    const { members: outOf = 0, read: readCount = 0 } = count ?? {};
    if (!(await maySeeNames(sql, access))) return { readCount, outOf };
    const people = await sql<{ id: string; has_read: boolean }[]>`
      select m.user_id as id, ${readUpTo} >= ${seq} as has_read from members m join users u on u.id = m.user_id
      where m.conversation_id = ${conversationId} and m.left_at is null and m.user_id <> ${access.userId}
        and ${wasTheirs} and ${showsReading(sql, 'u')}
      order by ${readUpTo} desc, m.user_id`;
    const idsOf = (hasRead: boolean) => people.flatMap((person) => (person.has_read === hasRead ? [person.id] : []));
    return { readCount, outOf, readBy: idsOf(true), notYetReadBy: idsOf(false) };
  });
}

/** Not of a group with more members than that, however few of them show what they have read. */
async function maySeeNames(sql: Sql, { conversationId, role }: Access): Promise<boolean> {
  const [group] = await sql<{ member_count: number; concealed: boolean }[]>`
    select member_count, members_visible_to = 'admins' as concealed from groups where conversation_id = ${conversationId}`;
  if (group === undefined) return true;
  return group.member_count <= limits.receiptsMaxMembers && (role !== 'member' || !group.concealed);
}
