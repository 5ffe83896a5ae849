import type { Sql } from '@nexo/db';
import { AppError, limits, type Receipts, type ReceiptsInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation } from '../conversations/access.ts';
import { readOnly } from '../read-only.ts';
import { showsReading } from '../users/shows-reading.ts';

/**
 * Who of the present members has read a message of the caller's. Throws NOT_FOUND when there is no such message to be seen, and
 * FORBIDDEN for who has left, for a message of somebody else, and for who hides what they have read themselves. Who may not see the
 * members of a group gets counts only.
 */
export async function readReceipts(ctx: UserContext, input: ReceiptsInput): Promise<Receipts> {
  const { conversationId, seq } = input;
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
    const mine = await sql`select 1 from users u where u.id = ${access.userId} and ${showsReading(sql, 'u')}`;
    if (mine.length === 0) throw new AppError('FORBIDDEN', { message: 'You do not show others what you have read' });
    const [count] = await sql<{ members: number; read: number }[]>`
      select count(*)::int as members, (count(*) filter (where ${readUpTo} >= ${seq}))::int as read
      from members m join users u on u.id = m.user_id
      where m.conversation_id = ${conversationId} and m.left_at is null and m.user_id <> ${access.userId}
        and m.visible @> ${seq}::bigint and ${showsReading(sql, 'u')}`;
    const { members: outOf = 0, read: readCount = 0 } = count ?? {};
    if (outOf >= limits.receiptsMaxMembers || (await membersAreConcealed(sql, access))) return { readCount, outOf };
    const people = await sql<{ id: string; has_read: boolean }[]>`
      select m.user_id as id, ${readUpTo} >= ${seq} as has_read from members m join users u on u.id = m.user_id
      where m.conversation_id = ${conversationId} and m.left_at is null and m.user_id <> ${access.userId}
        and m.visible @> ${seq}::bigint and ${showsReading(sql, 'u')}
      order by ${readUpTo} desc, m.user_id`;
    const idsOf = (hasRead: boolean) => people.flatMap((person) => (person.has_read === hasRead ? [person.id] : []));
    return { readCount, outOf, readBy: idsOf(true), notYetReadBy: idsOf(false) };
  });
}

async function membersAreConcealed(sql: Sql, { conversationId, role }: Access): Promise<boolean> {
  if (role !== 'member') return false;
  const concealed = await sql`
    select 1 from groups where conversation_id = ${conversationId} and members_visible_to = 'admins'`;
  return concealed.length > 0;
}
