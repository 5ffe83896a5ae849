import type { Sql } from '@nexo/db';
import { AppError, type ConversationKind, type Role, type VisibleRanges } from '@nexo/shared';
import { readPeerStanding, refusalToWrite } from '../contacts/peer-standing.ts';
import { parseRanges } from './my-membership.ts';

/**
 * What one may want of a conversation. `read`: what was visible to oneself; `present`: to look at what only members may, or to take back
 * what is one's own, as a member now; `send`: to say or show something to the others there. Of a group more is asked (`accessGroup`).
 */
export type Right = 'read' | 'present' | 'send';

/** A conversation together with the right to it: the reader's member row. */
export interface Access {
  conversationId: string;
  kind: ConversationKind;
  userId: string;
  role: Role;
  /** Seq ranges in Postgres' notation, and in ours. */
  visible: string;
  ranges: VisibleRanges;
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
 * conversation, and FORBIDDEN for who may read it but not do this; where one may not send to the other of a direct conversation
 * NOT_REACHABLE, CONTACTS_ONLY or BLOCKED_BY_YOU, as a message would. In a transaction, call it after the head is locked: then nobody
 * can lose the right before the commit.
 */
export async function accessConversation(sql: Sql, userId: string, conversationId: string, right: Right): Promise<Access> {
  const [row] = await sql<AccessRow[]>`
    select c.kind, m.role, m.visible::text as visible, lower(m.visible) as visible_from, upper(m.visible) - 1 as visible_up_to,
      m.left_at is not null as left, m.change, m.read_seq, m.read_only
    from members m join conversations c on c.id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  if (row === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  if (right !== 'read' && row.left) throw new AppError('FORBIDDEN', { message: 'You are no longer a member' });
  if (right === 'send') await refuseSilenced(sql, conversationId, userId, row);
  return {
    conversationId,
    kind: row.kind,
    userId,
    role: row.role,
    visible: row.visible,
    ranges: parseRanges(row.visible),
    visibleFrom: row.visible_from ?? 1,
    visibleUpTo: row.visible_from === null ? 0 : row.visible_up_to,
    leftChange: row.left ? row.change : null,
    readSeq: row.read_seq,
    readOnly: row.read_only,
  };
}

/** What keeps a member from writing keeps them from everything else that the others would see of them. */
async function refuseSilenced(sql: Sql, conversationId: string, userId: string, row: AccessRow): Promise<void> {
  if (row.read_only) throw onlyReads();
  const peer = row.kind === 'direct' ? await readPeerStanding(sql, conversationId, userId) : null;
  const refusal = peer === null ? null : refusalToWrite(peer.standing);
  if (refusal !== null) throw refusal;
}

/** Nobody but the operator writes in the conversation that they have with a user. */
export function onlyReads(): AppError {
  return new AppError('FORBIDDEN', { message: 'Only the operator writes here' });
}
