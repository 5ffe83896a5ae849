import { AppError, type ErrorCode, limits, type SendableContent, systemConversationId, systemUserId } from '@nexo/shared';
import type { Services } from '../context.ts';
import { makeSystemConversations } from '../conversations/system-conversations.ts';
import { toAppError } from '../errors.ts';

/** Messages of one call on their way at once: the lanes commit them together, and what people send finds room beside them. */
const atOnceMax = 64;
/** Times that a message is tried which the server could not take at once. */
const triesMax = 20;

export interface SendAsSystemInput {
  /** At most `limits.systemSendMaxUsers`, as their ids are stored. */
  userIds: readonly string[];
  /** One id for the whole of it: said again, whoever has the message does not get it twice. */
  clientMessageId: string;
  content: SendableContent;
}

export interface SendAsSystemResult {
  /** Who has it now, also those who had it before. */
  sentUserIds: string[];
  /** Who does not, and why: NOT_FOUND for who does not exist; others may be tried again with the same id. */
  failed: { userId: string; code: ErrorCode }[];
}

/**
 * Writes from the operator to each of these users, in the conversation that they have with it alone. Each message goes the way of all
 * messages, so it is as durable and as ordered; the cost is one row each, committed by the hundred. Who may do this is the caller's
 * business. Throws INVALID_INPUT for too many users.
 */
export async function sendAsSystem(
  ctx: Pick<Services, 'db' | 'bus' | 'clock' | 'lanes'>,
  { userIds, clientMessageId, content }: SendAsSystemInput,
): Promise<SendAsSystemResult> {
  const wanted = [...new Set(userIds)];
  if (wanted.length > limits.systemSendMaxUsers) {
    throw new AppError('INVALID_INPUT', { message: `userIds: at most ${limits.systemSendMaxUsers}`, field: 'userIds' });
  }
  const known = new Set(await makeSystemConversations(ctx, wanted));
  const result: SendAsSystemResult = { sentUserIds: [], failed: [] };
  for (const userId of wanted) if (!known.has(userId)) result.failed.push({ userId, code: 'NOT_FOUND' });

  const waiting = [...known].values();
  async function work(): Promise<void> {
    for (const userId of waiting) {
      const code = await sendOne(ctx, userId, clientMessageId, content);
      if (code === null) result.sentUserIds.push(userId);
      else result.failed.push({ userId, code });
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnceMax, known.size) }, work));
  return result;
}

/** Null once it is durable, or why it is not. The same id every time, so that no try makes a second message. */
async function sendOne(
  ctx: Pick<Services, 'lanes'>,
  userId: string,
  clientMessageId: string,
  content: SendableContent,
): Promise<ErrorCode | null> {
  const conversationId = systemConversationId(userId);
  for (let tries = 1; ; tries++) {
    try {
      await ctx.lanes.send(systemUserId, { conversationId, clientMessageId, content });
      return null;
    } catch (error) {
      const refusal = toAppError(error);
      if (refusal.code !== 'OVERLOADED' || tries === triesMax) return refusal.code;
      await new Promise((resolve) => setTimeout(resolve, refusal.retryAfterMs ?? 0));
    }
  }
}
