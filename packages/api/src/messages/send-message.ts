import type { SendMessageInput, SendMessageResult } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { startClocksAfterReading } from '../conversations/start-clocks.ts';
import { checkContent } from './check-content.ts';
import type { SendingWay } from './decide.ts';

/**
 * Sends a message: answers once it is durable, with its place in the conversation. The same `clientMessageId` again answers
 * the first message with `deduplicated`. Throws MESSAGE_TOO_LARGE, INVALID_INPUT (a custom kind that is not declared or its data; a
 * mention that does not stand in the text), NOT_FOUND, FORBIDDEN (left; `@all` by an ordinary member; only the operator writes there),
 * NOT_REACHABLE, CONTACTS_ONLY, BLOCKED_BY_YOU, MUTED, GROUP_DISMISSED, REPLY_NOT_FOUND, IDEMPOTENCY_MISMATCH, RATE_LIMITED, OVERLOADED and
 * UNAVAILABLE (outcome unknown: send the same again).
 */
export async function sendMessage(ctx: UserContext, input: SendMessageInput, how?: SendingWay): Promise<SendMessageResult> {
  checkContent(input.content, ctx.customKinds);
  ctx.rateLimits.takeHere('sendPerUser', ctx.session.userId);
  const { conversationId } = input;
  ctx.rateLimits.takeHere('sendPerConversation', conversationId);
  let isSent = false;
  try {
    const result = await ctx.lanes.send(ctx.session.userId, input, how);
    isSent = !result.deduplicated;
    // Who answers has read.
    if (result.message.disappearsAfterReadMs !== undefined) await startClocksAfterReading(ctx, conversationId);
    return result;
  } finally {
    // Of what nobody there receives: or who may not write there could keep those silent who may.
    if (!isSent) ctx.rateLimits.giveBackHere('sendPerConversation', conversationId);
  }
}
