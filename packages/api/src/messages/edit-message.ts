import {
  AppError,
  type ChangedMessage,
  type EditMessageInput,
  limits,
  type MessageContent,
  type MessageView,
  refuseEdit,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import type { Tx } from '../transact.ts';
import { checkSize } from './check-size.ts';
import { insistOn, onMessage } from './lock-message.ts';

/**
 * Puts other words in the place of one's own; what was said before stays in the history. The same words again change nothing, so a
 * retry is harmless. Throws NOT_FOUND, FORBIDDEN (not one's own, not text, left), TOO_LATE, MESSAGE_REVOKED, MESSAGE_TOO_LARGE,
 * LIMIT_REACHED (edited too often), RATE_LIMITED.
 */
export async function editMessage(ctx: UserContext, input: EditMessageInput): Promise<ChangedMessage> {
  checkSize(input.content);
  return onMessage(ctx, input, async (tx, { head, message, actor }) => {
    const now = ctx.clock.now();
    insistOn(refuseEdit(actor, message, ctx.settings.messageRules, now));
    if (sameWords(message.content, input.content)) return { message, changed: false };
    await keepWording(tx, message, head.change + 1);
    head.change += 1;
    await tx.sql`
      update messages set
        content = ${JSON.stringify(input.content)}::text::jsonb, edited_at = to_timestamp(${now}::float8 / 1000),
        content_change = ${head.change}, last_change = ${head.change}
      where conversation_id = ${head.conversationId} and seq = ${message.seq}`;
    await tx.moveHead(head);
    const { conversationId, change } = head;
    const edited: MessageView = { ...message, content: input.content, editedAt: now, contentChange: change, change };
    const event = { type: 'message.edited' as const, conversationId, change, message: edited };
    tx.tell({ kind: 'conversation', conversationId, from: change, to: change, events: [event] });
    return { message: edited, changed: true };
  });
}

function sameWords(a: MessageContent, b: MessageContent): boolean {
  return a.type === 'text' && b.type === 'text' && a.text === b.text;
}

async function keepWording(tx: Tx, message: MessageView, untilChange: number): Promise<void> {
  const { conversationId, seq } = message;
  const [kept] = await tx.sql`
    insert into message_edits (conversation_id, seq, version, content, edited_at, until_change)
    select m.conversation_id, m.seq, coalesce(before.version, 0) + 1, m.content, m.edited_at, ${untilChange}
    from messages m
    left join lateral (
      select version from message_edits where conversation_id = m.conversation_id and seq = m.seq order by version desc limit 1
    ) before on true
    where m.conversation_id = ${conversationId} and m.seq = ${seq} and coalesce(before.version, 0) < ${limits.messageEditsMax}
    returning 1`;
  if (kept === undefined) {
    throw new AppError('LIMIT_REACHED', { message: `A message can be edited ${limits.messageEditsMax} times`, field: 'content' });
  }
}
