import {
  AppError,
  type ForwardMessagesInput,
  type ForwardMessagesResult,
  forwardedMessageId,
  type MessageView,
  type SendableContent,
  type SendMessageInput,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { startClocksAfterReading } from '../conversations/start-clocks.ts';
import { toAppError } from '../errors.ts';
import { getMessages } from './get-messages.ts';

/**
 * Passes messages on that the caller can read, in their order, to conversations that they may write in. What is passed on is a
 * message of the caller's with the name of who said it first; nothing of it says where. The same `clientForwardId` again passes
 * nothing on twice. Throws NOT_FOUND when the caller cannot read one of them, FORBIDDEN for what disappears or was said by the
 * system, RATE_LIMITED when too often. What a target refuses is in its own result: the others get theirs.
 */
export async function forwardMessages(ctx: UserContext, input: ForwardMessagesInput): Promise<ForwardMessagesResult> {
  const { fromConversationId } = input;
  await ctx.rateLimits.take('forwardPerUser', ctx.session.userId);
  const seqs = [...new Set(input.seqs)];
  const { items } = await getMessages(ctx, { conversationId: fromConversationId, seqs });
  if (items.length < seqs.length) throw new AppError('NOT_FOUND', { message: 'No such message', field: 'seqs' });
  for (const message of items) checkForwardable(message);
  const targets = [...new Set(input.toConversationIds)];
  return { results: await Promise.all(targets.map((target) => forwardTo(ctx, input, items, target))) };
}

function checkForwardable({ content, seq, expiresAt, disappearsAfterReadMs, revokedAt }: MessageView): void {
  const isForwardable =
    content.type !== 'notice' &&
    content.type !== 'expired' &&
    revokedAt === undefined &&
    expiresAt === undefined &&
    disappearsAfterReadMs === undefined;
  if (!isForwardable) throw new AppError('FORBIDDEN', { message: `Message ${seq} cannot be passed on`, field: 'seqs' });
}

/** One after the other, so that they keep their order; a refusal ends it. */
async function forwardTo(
  ctx: UserContext,
  input: ForwardMessagesInput,
  items: readonly MessageView[],
  conversationId: string,
): Promise<ForwardMessagesResult['results'][number]> {
  const messages: MessageView[] = [];
  try {
    for (const message of items) {
      const clientMessageId = forwardedMessageId(input.clientForwardId, conversationId, message.seq);
      const send: SendMessageInput = { conversationId, clientMessageId, content: withoutMentions(message) };
      if (input.silent) send.silent = true;
      const forwardedFromId = message.forwardedFromId ?? message.senderId;
      messages.push(await passOn(ctx, send, forwardedFromId));
    }
    return { conversationId, messages };
  } catch (error) {
    return { conversationId, messages, refusal: toAppError(error).code };
  } finally {
    // Who passes something on to a chat has read what is there.
    if (messages.some((message) => message.disappearsAfterReadMs !== undefined))
      await startClocksAfterReading(ctx, conversationId);
  }
}

/** Counted like a send: for its conversation what nobody there receives takes nothing. */
async function passOn(ctx: UserContext, send: SendMessageInput, forwardedFromId: string): Promise<MessageView> {
  const { conversationId } = send;
  ctx.rateLimits.takeHere('sendPerUser', ctx.session.userId);
  ctx.rateLimits.takeHere('sendPerConversation', conversationId);
  let isSent = false;
  try {
    const { message, deduplicated } = await ctx.lanes.send(ctx.session.userId, send, { forwardedFromId });
    isSent = !deduplicated;
    return message;
  } finally {
    if (!isSent) ctx.rateLimits.giveBackHere('sendPerConversation', conversationId);
  }
}

/** Passing on calls nobody: who was spoken to there is not spoken to here. */
function withoutMentions({ content }: MessageView): SendableContent {
  if (content.type !== 'text') return content as SendableContent;
  return { type: 'text', text: content.text };
}
