import type { Sql } from '@nexo/db';
import { AppError, limits, type MarkReadInput, type MarkReadResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Tx, transact } from '../transact.ts';
import { type Access, accessConversation } from './access.ts';
import { readConversationViews } from './conversation-views.ts';

/** Groups above this size do not hear who read what: it would be most of their traffic. */
const receiptsMaxMembers = 100;

/**
 * Reads up to and including `seq`, or as far as there is something to read. A position never goes back: an older one changes
 * nothing and answers the present state. The other sessions of the caller hear of it, and the other members.
 */
export async function markRead(ctx: UserContext, input: MarkReadInput): Promise<MarkReadResult> {
  const { userId } = ctx.session;
  return transact(ctx, async (tx) => {
    const access = await accessConversation(tx.sql, userId, input.conversationId, 'read');
    const readSeq = await moveReadPosition(tx.sql, access, input.seq);
    if (readSeq === null) return currentPosition(tx, access);
    const change = await tx.moveUserHead(userId);
    await tx.sql`
      update members set user_change = ${change} where conversation_id = ${access.conversationId} and user_id = ${userId}`;
    const me = await mySide(tx, access);
    const { conversationId } = access;
    tx.tell({ kind: 'user', userId, change, events: [{ type: 'me.updated', userChange: change, conversationId, me }] });
    if (await othersHear(tx.sql, access)) {
      tx.tell({ kind: 'read', event: { type: 'conversation.read', conversationId, userId, readSeq } });
    }
    return { readSeq, unread: me.unread };
  });
}

/** The new position, or null when nothing moved. The count of countable messages is taken from the very message that was read. */
async function moveReadPosition(sql: Sql, access: Access, seq: number): Promise<number | null> {
  const upTo = Math.min(seq, access.visibleUpTo ?? seq);
  const [row] = await sql<{ read_seq: number }[]>`
    update members m set read_seq = msg.seq, read_countable = msg.countable_seq
    from (
      select seq, countable_seq from messages
      where conversation_id = ${access.conversationId} and seq <= ${upTo} and ${access.visible}::int8multirange @> seq
      order by seq desc limit 1
    ) msg
    where m.conversation_id = ${access.conversationId} and m.user_id = ${access.userId} and m.read_seq < msg.seq
    returning m.read_seq`;
  return row?.read_seq ?? null;
}

async function mySide(tx: Tx, access: Access) {
  const [view] = await readConversationViews(tx.sql, access.userId, { ids: [access.conversationId] });
  if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return view.me;
}

async function currentPosition(tx: Tx, access: Access): Promise<MarkReadResult> {
  const { readSeq, unread } = await mySide(tx, access);
  return { readSeq, unread };
}

async function othersHear(sql: Sql, access: Access): Promise<boolean> {
  if (access.kind === 'self' || access.leftChange !== null) return false;
  if (access.kind === 'direct') return true;
  const [group] = await sql<{ member_count: number }[]>`
    select member_count from groups where conversation_id = ${access.conversationId}`;
  return (group?.member_count ?? limits.groupMaxMembers) <= receiptsMaxMembers;
}
