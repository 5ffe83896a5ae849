import {
  AppError,
  type ChangedMessage,
  type EditMessageInput,
  limits,
  type MessageView,
  refuseEdit,
  refuseSpeech,
  type SendableContent,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { isSameJson } from '../same-json.ts';
import { timeOf } from '../sql-time.ts';
import type { Tx } from '../transact.ts';
import { checkContent } from './check-content.ts';
import { type GroupStanding, refusedToAll } from './group-standing.ts';
import { changeMessage, insistOn } from './lock-message.ts';
import { rewriteMentions } from './mention-rows.ts';

/**
 * Puts other words in the place of one's own; what was said before stays in the history. The same words again change nothing, so a
 * retry is harmless. Whom the new words name is spoken to. Throws NOT_FOUND, FORBIDDEN (not one's own, not text, passed on, left; `@all`
 * by who may not), NOT_REACHABLE, CONTACTS_ONLY, BLOCKED_BY_YOU, MUTED, GROUP_DISMISSED, TOO_LATE, MESSAGE_REVOKED, MESSAGE_TOO_LARGE,
 * INVALID_INPUT, LIMIT_REACHED (edited too often), RATE_LIMITED.
 */
export async function editMessage(ctx: UserContext, input: EditMessageInput): Promise<ChangedMessage> {
  checkContent(input.content, ctx.customKinds);
  return changeMessage(ctx, input, 'send', async (tx, { head, message, actor, standing }) => {
    const now = ctx.clock.now();
    const { speech: _speech, ...writer } = actor;
    insistOn(refuseEdit(writer, message, ctx.settings.messageRules, now));
    // A retry, also of who was muted since: nothing new is said.
    if (isSameJson(message.content, input.content)) return { message, changed: false };
    insistOn(refuseSpeech(actor));
    checkWords(message, input.content, actor.userId, standing, now);
    await keepWording(tx, message, head.change + 1);
    head.change += 1;
    await tx.sql`
      update messages set
        content = ${JSON.stringify(input.content)}::text::jsonb, edited_at = ${timeOf(tx.sql, now)},
        content_change = ${head.change}, last_change = ${head.change}, amended = true
      where conversation_id = ${head.conversationId} and seq = ${message.seq}`;
    const { conversationId, change } = head;
    const edited: MessageView = { ...message, content: input.content, editedAt: now, contentChange: change, change };
    await rewriteMentions(tx.sql, edited);
    await tx.moveHead(head);
    const event = { type: 'message.edited' as const, conversationId, change, message: edited };
    tx.tell({ kind: 'conversation', conversationId, from: change, to: change, events: [event] });
    return { message: edited, changed: true };
  });
}

/** What could not be sent now cannot be edited in either. */
function checkWords(
  before: MessageView,
  content: SendableContent,
  userId: string,
  standing: GroupStanding | undefined,
  now: number,
): void {
  if (content.type !== 'text') throw new AppError('FORBIDDEN', { message: 'Only text can be edited', field: 'content' });
  const spokeToAll = before.content.type === 'text' && before.content.mentionsAll === true;
  const tooLoud = content.mentionsAll === true && !spokeToAll ? refusedToAll(userId, standing, now) : null;
  if (tooLoud !== null) throw tooLoud;
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
