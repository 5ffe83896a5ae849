import type { Sql } from '@nexo/db';
import { AppError, limits, type MarkReadInput, type MarkReadResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { transact } from '../transact.ts';
import { showsReading } from '../users/shows-reading.ts';
import { type Access, accessConversation } from './access.ts';
import { readConversationViews } from './conversation-views.ts';
import { startClocksAfterReading } from './start-clocks.ts';
import { tellMyself } from './tell-myself.ts';

/**
 * Reads up to and including `seq`, or as far as there is something to read. A position never goes back: an older one changes
 * nothing but a mark of unread, which it ends, and answers the present state. The other sessions of the caller hear of it, and the other members.
 */
export async function markRead(ctx: UserContext, input: MarkReadInput): Promise<MarkReadResult> {
  const { userId } = ctx.session;
  let hasRead = false;
  const result = await transact(ctx, async (tx) => {
    const access = await accessConversation(tx.sql, userId, input.conversationId, 'read');
    const { conversationId } = access;
    const moved = await moveReadPosition(tx.sql, access, input.seq);
    if (moved === null) {
      if (await takeMarkAway(tx.sql, access)) await tellMyself(tx, conversationId, userId);
      return currentPosition(tx.sql, access);
    }
    const { readSeq } = moved;
    hasRead = access.kind === 'direct';
    const { unread } = await tellMyself(tx, conversationId, userId);
    if (moved.isShown && (await othersHear(tx.sql, access))) {
      tx.tell({ kind: 'read', event: { type: 'conversation.read', conversationId, userId, readSeq } });
    }
    return { readSeq, unread };
  });
  if (hasRead) await startClocksAfterReading(ctx, input.conversationId);
  return result;
}

interface ReadPosition {
  readSeq: number;
  /** False while it is not for the others to know. */
  isShown: boolean;
}

/**
 * The new position, or null when nothing moved. The count of countable messages is taken from the very message that was read.
 * What is visible is read in the same statement: who leaves meanwhile reads nothing that came later.
 */
export async function moveReadPosition(sql: Sql, access: Access, seq: number): Promise<ReadPosition | null> {
  const upTo = Math.min(seq, access.visibleUpTo ?? seq);
  const [row] = await sql<{ read_seq: number; is_shown: boolean }[]>`
    update members m set read_seq = msg.seq, read_countable = msg.countable_seq
    from (
      select x.seq, x.countable_seq from members v join messages x on x.conversation_id = v.conversation_id
      where v.conversation_id = ${access.conversationId} and v.user_id = ${access.userId} and x.seq <= ${upTo} and v.visible @> x.seq
      order by x.seq desc limit 1
    ) msg
    where m.conversation_id = ${access.conversationId} and m.user_id = ${access.userId} and m.read_seq < msg.seq
    returning m.read_seq, m.shown_read_seq is null as is_shown`;
  return row === undefined ? null : { readSeq: row.read_seq, isShown: row.is_shown };
}

/** A mark of unread on what had been read already. */
async function takeMarkAway(sql: Sql, { conversationId, userId }: Access): Promise<boolean> {
  const rows = await sql`
    update members set marked_unread_seq = null, marked_read_seq = null
    where conversation_id = ${conversationId} and user_id = ${userId} and marked_read_seq = read_seq returning 1`;
  return rows.length > 0;
}

async function currentPosition(sql: Sql, access: Access): Promise<MarkReadResult> {
  const [view] = await readConversationViews(sql, access.userId, { ids: [access.conversationId] });
  if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return { readSeq: view.me.readSeq, unread: view.me.unread };
}

/** Not in large groups, where it would be most of the traffic; and not of who does not let it be seen. */
export async function othersHear(sql: Sql, access: Access): Promise<boolean> {
  if (access.kind === 'self' || access.kind === 'system' || access.leftChange !== null) return false;
  if (await isHidden(sql, access)) return false;
  if (access.kind === 'direct') return true;
  const [group] = await sql<{ member_count: number; concealed: boolean }[]>`
    select member_count, members_visible_to = 'admins' as concealed from groups where conversation_id = ${access.conversationId}`;
  return group !== undefined && !group.concealed && group.member_count <= limits.receiptsMaxMembers;
}

/**
 * Whether the reader does not let it be seen, or the other side of a direct conversation: who hides it does not see it. Each kind of
 * conversation has a statement of its own, with people by their key: one condition for both looks through all users that there are.
 */
async function isHidden(sql: Sql, { kind, conversationId, userId }: Access): Promise<boolean> {
  const people =
    kind === 'direct' ? sql`select user_id from members where conversation_id = ${conversationId}` : sql`select ${userId}`;
  const hiding = await sql`
    select 1 from (${people}) t (id) cross join lateral (select settings from users where id = t.id limit 1) u
    where not ${showsReading(sql, 'u')} limit 1`;
  return hiding.length > 0;
}
