import type { Sql } from '@nexo/db';
import { AppError, type ConversationKind, type Role } from '@nexo/shared';

/** What one may want of a conversation. `read`: what was visible to oneself; `send` and `invite`: be a member now. */
export type Right = 'read' | 'send' | 'invite';

/** A conversation together with the right to it: the reader's member row. */
export interface Access {
  conversationId: string;
  kind: ConversationKind;
  userId: string;
  role: Role;
  /** Seq ranges in Postgres' notation. */
  visible: string;
  /** The lowest and the highest seq in them (null: open), so that no search runs through what is hidden anyway. */
  visibleFrom: number;
  visibleUpTo: number | null;
  /** The change by which this member left; null for a member. */
  leftChange: number | null;
  readSeq: number;
  /** The operator's conversation is only read. */
  readOnly: boolean;
}

interface AccessRow {
  kind: ConversationKind;
  role: Role;
  visible: string;
  visible_from: number | null;
  visible_up_to: number | null;
  left: boolean;
  change: number;
  read_seq: number;
  read_only: boolean;
}

/**
 * The one road from a request to a conversation. Throws NOT_FOUND for who never was a member, exactly as if there were no such
 * conversation, and FORBIDDEN for who may read it but not do this. In a transaction, call it after the head is locked: then
 * nobody can lose the right before the commit.
 */
export async function accessConversation(sql: Sql, userId: string, conversationId: string, right: Right): Promise<Access> {
  const [row] = await sql<AccessRow[]>`
    select c.kind, m.role, m.visible::text as visible, lower(m.visible) as visible_from, upper(m.visible) - 1 as visible_up_to,
      m.left_at is not null as left, m.change, m.read_seq, m.read_only
    from members m join conversations c on c.id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  if (row === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  if (right !== 'read' && row.left) throw new AppError('FORBIDDEN', { message: 'You are no longer a member' });
  if (right === 'send' && row.read_only) throw new AppError('FORBIDDEN', { message: 'Only the operator writes here' });
  if (right === 'invite' && row.kind !== 'group') throw new AppError('FORBIDDEN', { message: 'Only groups take more people' });
  return {
    conversationId,
    kind: row.kind,
    userId,
    role: row.role,
    visible: row.visible,
    visibleFrom: row.visible_from ?? 1,
    visibleUpTo: row.visible_from === null ? 0 : row.visible_up_to,
    leftChange: row.left ? row.change : null,
    readSeq: row.read_seq,
    readOnly: row.read_only,
  };
}
