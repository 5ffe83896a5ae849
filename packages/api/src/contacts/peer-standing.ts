import type { Sql } from '@nexo/db';
import { AppError, type Audience } from '@nexo/shared';
import { audienceOf } from '../users/user-view.ts';

/** How somebody stands to the other person of a direct conversation. */
export interface PeerStanding {
  /** They have blocked the other. */
  blocks: boolean;
  /** The other has blocked them. */
  isBlocked: boolean;
  /** Whom the other lets write. */
  messagesFrom: Audience;
  /** They are a contact of the other; known only when it matters. */
  isContact: boolean;
}

export interface PeerStandingRow {
  peer_id: string;
  blocks: boolean;
  is_blocked: boolean;
  messages_from: string | null;
  is_contact: boolean;
}

/**
 * A select for one {@link PeerStandingRow}, to be joined laterally: how `user` stands to the other member of `conversation`. No row for
 * what is no direct conversation: there the key is null, and not even an index is looked into, however many members there are.
 */
export function selectPeerStanding(sql: Sql, conversation: ReturnType<Sql>, user: ReturnType<Sql>) {
  return sql`
    select o.user_id as peer_id,
      exists (select 1 from blocks where owner_id = ${user} and blocked_id = o.user_id and removed_at is null) as blocks,
      exists (select 1 from blocks where owner_id = o.user_id and blocked_id = ${user} and removed_at is null) as is_blocked,
      s.messages_from,
      case when s.messages_from = 'contacts' then
        exists (select 1 from contacts where owner_id = o.user_id and contact_id = ${user} and removed_at is null)
        else false end as is_contact
    from members o
    cross join lateral (select (select settings->>'messagesFrom' from users where id = o.user_id) as messages_from offset 0) s
    where o.conversation_id = (select id from conversations where id = ${conversation} and kind = 'direct')
      and o.user_id <> ${user}`;
}

/** How the user stands to the other person of this conversation, and who that is; null when it is no direct conversation of theirs. */
export async function readPeerStanding(
  sql: Sql,
  conversationId: string,
  userId: string,
): Promise<{ peerId: string; standing: PeerStanding } | null> {
  const [row] = await sql<PeerStandingRow[]>`
    select peer.* from (select ${conversationId}::uuid as c, ${userId}::text as s) t
    cross join lateral (${selectPeerStanding(sql, sql`t.c`, sql`t.s`)}) peer`;
  return row === undefined ? null : { peerId: row.peer_id, standing: peerStanding(row) };
}

/** The standing that a row says. */
export function peerStanding(row: PeerStandingRow): PeerStanding {
  return {
    blocks: row.blocks,
    isBlocked: row.is_blocked,
    messagesFrom: audienceOf(row.messages_from),
    isContact: row.is_contact,
  };
}

/**
 * Why somebody of this standing may not write to the other; null when they may. A block by the other looks exactly like a setting of
 * theirs: to who is no contact of somebody that lets only contacts write like that, to everybody else like one that lets nobody.
 */
export function refusalToWrite({ blocks, isBlocked, messagesFrom, isContact }: PeerStanding): AppError | null {
  if (blocks) return blockedByYou();
  if (messagesFrom === 'contacts' && !isContact) return contactsOnly();
  return isBlocked || messagesFrom === 'nobody' ? notReachable() : null;
}

/** The other takes messages from contacts alone. */
function contactsOnly(): AppError {
  return new AppError('CONTACTS_ONLY', { message: 'Only contacts may write to this person: send a contact request first' });
}

/** The one refusal for what another person does not take, and nothing can be done about. */
export function notReachable(): AppError {
  return new AppError('NOT_REACHABLE', { message: 'This person does not take this from you' });
}

/** The caller is the one who has blocked. */
export function blockedByYou(): AppError {
  return new AppError('BLOCKED_BY_YOU', { message: 'You have blocked this person' });
}
