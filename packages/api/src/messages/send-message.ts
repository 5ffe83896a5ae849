import type { SendMessageInput, SendMessageResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { checkSize } from './check-size.ts';

/**
 * Sends a message: answers once it is durable, with its place in the conversation. The same `clientMessageId` again answers
 * the first message with `deduplicated`. Throws MESSAGE_TOO_LARGE, NOT_FOUND, FORBIDDEN (left), REPLY_NOT_FOUND,
 * IDEMPOTENCY_MISMATCH, OVERLOADED and UNAVAILABLE (outcome unknown: send the same again).
 */
export function sendMessage(ctx: UserContext, input: SendMessageInput): Promise<SendMessageResult> {
  checkSize(input.content);
  return ctx.lanes.send(ctx.session.userId, input);
}
