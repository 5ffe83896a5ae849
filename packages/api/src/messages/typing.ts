import type { TypingInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';

/**
 * Lets the other members know that the caller is writing, or stopped; nobody in large groups, nor where they may not write. A signal: nothing is stored, it may be
 * lost, and as a rule the database is not asked. Throws RATE_LIMITED, and what sending would throw for who is no member.
 */
export async function typing(ctx: UserContext, input: TypingInput): Promise<void> {
  const { userId } = ctx.session;
  const { conversationId } = input;
  await ctx.rateLimits.take('typingPerUser', userId);
  if (!ctx.streams.isMember(userId, conversationId)) await accessConversation(ctx.db.sql, userId, conversationId, 'send');
  if (!(await ctx.typingReach.isTold(conversationId, userId))) return;
  ctx.bus.publish([{ kind: 'signal', signal: { type: 'typing', conversationId, userId, typing: input.typing } }]);
}
