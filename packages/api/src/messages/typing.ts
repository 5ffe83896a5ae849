import type { TypingInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { accessConversation } from '../conversations/access.ts';

/** Lets the other members know that the caller is writing, or stopped. A signal: nothing is stored, and it may be lost. */
export async function typing(ctx: UserContext, input: TypingInput): Promise<void> {
  const { userId } = ctx.session;
  await accessConversation(ctx.db.sql, userId, input.conversationId, 'send');
  const { conversationId } = input;
  ctx.bus.publish([{ kind: 'signal', signal: { type: 'typing', conversationId, userId, typing: input.typing } }]);
}
