import { schema } from '@nexo/db';
import type { ConversationEvent, MessageView, NoticeContent } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import type { LockedHead, Tx } from '../transact.ts';

/**
 * Writes what the system says into a conversation whose head is locked, and moves the counters of `head` (write them back with
 * `tx.moveHead`). A notice is a message like any other, but not countable.
 */
export async function insertNotice(
  ctx: UserContext,
  tx: Tx,
  head: LockedHead,
  content: NoticeContent,
): Promise<ConversationEvent> {
  head.seq += 1;
  head.change += 1;
  const message: MessageView = {
    id: ctx.newId(),
    conversationId: head.conversationId,
    seq: head.seq,
    change: head.change,
    clientMessageId: ctx.newId(),
    senderId: content.actorId,
    content,
    countable: false,
    countableSeq: head.countable,
    sentAt: ctx.clock.now(),
  };
  const { conversationId, seq, id, senderId, clientMessageId, countable, countableSeq, sentAt, change } = message;
  await tx.orm.insert(schema.messages).values({
    ...{ conversationId, seq, id, senderId, clientMessageId, type: content.type, content, countable, countableSeq },
    createdAt: new Date(sentAt),
    lastChange: change,
  });
  return { type: 'message.sent', conversationId, change, message };
}
