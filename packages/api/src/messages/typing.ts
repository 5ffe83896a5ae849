import type { TypingInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation, onlyReads } from '../conversations/access.ts';

/**
 * Lets the other members know that the caller is writing, or stopped; nobody in large groups, nor who takes no messages from them,
 * and nobody of who is muted. A signal: nothing is stored, it may be lost, and as a rule the database is not asked. Throws RATE_LIMITED, and what sending would throw for
 * who is no member, or only reads.
 */
export async function typing(ctx: UserContext, input: TypingInput): Promise<void> {
  const { userId } = ctx.session;
  const { conversationId } = input;
  await ctx.rateLimits.take('typingPerUser', userId);
  if (!ctx.streams.isMember(userId, conversationId)) {
    const { readOnly } = await accessConversation(ctx.db.sql, userId, conversationId, 'present');
    if (readOnly) throw onlyReads();
  }
  if (!(await ctx.typingReach.isTold(conversationId, userId))) return;
  ctx.bus.publish([{ kind: 'signal', signal: { type: 'typing', conversationId, userId, typing: input.typing } }]);
}
