import {
  type ChangedMessage,
  type ConversationEvent,
  type MessageView,
  type RevokedContent,
  type RevokeMessageInput,
  type Role,
  refuseRevoke,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { timeOf } from '../sql-time.ts';
import type { LockedHead, Tx } from '../transact.ts';
import { countNoLonger } from './count-no-longer.ts';
import { changeMessage, insistOn } from './lock-message.ts';
import { readPins, writePins } from './pins.ts';

/**
 * Takes a message back for everybody: what it said and quoted, its former wordings and its reactions are deleted, and it is pinned no
 * more. It keeps its place, and does not count as unread. Again, or when it has disappeared: nothing happens. Throws NOT_FOUND, FORBIDDEN,
 * GROUP_DISMISSED, TOO_LATE, RATE_LIMITED.
 */
export async function revokeMessage(ctx: UserContext, input: RevokeMessageInput): Promise<ChangedMessage> {
  return changeMessage(ctx, input, 'present', async (tx, { head, message, actor }) => {
    if (message.content.type === 'revoked' || message.content.type === 'expired') return { message, changed: false };
    const now = ctx.clock.now();
    const senderRole = await readRole(tx, message);
    insistOn(refuseRevoke(actor, { ...message, senderRole }, ctx.settings.messageRules, now));
    const from = head.change + 1;
    const unpinned = await unpin(tx, head, message.seq, actor.userId);
    const revoked = await erase(tx, head, message, { type: 'revoked', revokedBy: actor.userId }, now);
    await tx.moveHead(head);
    const { conversationId, change } = head;
    const events: ConversationEvent[] = [
      ...unpinned,
      { type: 'message.revoked', conversationId, change: revoked.change, message: revoked },
    ];
    tx.tell({ kind: 'conversation', conversationId, from, to: change, events });
    return { message: revoked, changed: true };
  });
}

/** The sender's role now: who has left is an ordinary member. */
async function readRole(tx: Tx, { conversationId, senderId }: MessageView): Promise<Role> {
  const [row] = await tx.sql<{ role: Role }[]>`
    select role from members where conversation_id = ${conversationId} and user_id = ${senderId}`;
  return row?.role ?? 'member';
}

async function unpin(tx: Tx, head: LockedHead, seq: number, userId: string): Promise<ConversationEvent[]> {
  const { conversationId } = head;
  const pins = await readPins(tx.sql, conversationId);
  if (!pins.some((pin) => pin.seq === seq)) return [];
  head.change += 1;
  await writePins(
    tx.sql,
    conversationId,
    pins.filter((pin) => pin.seq !== seq),
    head.change,
  );
  return [{ type: 'message.unpinned', conversationId, change: head.change, seq, userId }];
}

async function erase(tx: Tx, head: LockedHead, message: MessageView, content: RevokedContent, now: number): Promise<MessageView> {
  head.change += 1;
  const { conversationId, change } = head;
  const { seq } = message;
  await tx.sql`
    update messages set
      type = ${content.type}, content = ${JSON.stringify(content)}::text::jsonb, revoked_at = ${timeOf(tx.sql, now)},
      edited_at = null, reactions = null, reply_to = null, forwarded_from_id = null, disappears_after_read_ms = null,
      awaits_reading = false, expires_at = null, content_change = ${change}, last_change = ${change}, amended = true
    where conversation_id = ${conversationId} and seq = ${seq}`;
  await tx.sql`delete from message_edits where conversation_id = ${conversationId} and seq = ${seq}`;
  await tx.sql`delete from reactions where conversation_id = ${conversationId} and seq = ${seq}`;
  await tx.sql`delete from mentions where conversation_id = ${conversationId} and seq = ${seq}`;
  if (message.countable) await countNoLonger(tx.sql, conversationId, [message.countableSeq]);
  const { editedAt: _edited, reactions: _reactions, replyTo: _quote, forwardedFromId: _first, ...rest } = message;
  const { disappearsAfterReadMs: _time, expiresAt: _end, ...kept } = rest;
  return { ...kept, content, revokedAt: now, contentChange: change, change };
}
