import { AppError, limits, type SendMessageInput, type SendMessageResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';

/**
 * Sends a message: answers once it is durable, with its place in the conversation. The same `clientMessageId` again answers
 * the first message with `deduplicated`. Throws MESSAGE_TOO_LARGE, NOT_FOUND, FORBIDDEN (left), REPLY_NOT_FOUND,
 * IDEMPOTENCY_MISMATCH, RATE_LIMITED, OVERLOADED and UNAVAILABLE (outcome unknown: send the same again).
 */
export function sendMessage(ctx: UserContext, input: SendMessageInput, how?: { bySystem?: boolean }): Promise<SendMessageResult> {
  const { text } = input.content;
  // What people write at most doubles in JSON. Control characters take six times their size there, for everybody who reads them.
  const bytes = Math.max(Buffer.byteLength(text), Math.ceil((Buffer.byteLength(JSON.stringify(text)) - 2) / 2));
  if (bytes > limits.messageTextMaxBytes) {
    throw new AppError('MESSAGE_TOO_LARGE', {
      message: `content.text: ${bytes} bytes, at most ${limits.messageTextMaxBytes} fit`,
      field: 'content.text',
    });
  }
  ctx.rateLimits.takeHere('sendPerUser', ctx.session.userId);
  ctx.rateLimits.takeHere('sendPerConversation', input.conversationId);
  return ctx.lanes.send(ctx.session.userId, input, how);
}
