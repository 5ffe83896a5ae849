import { AppError, type ConversationIdInput, type ConversationView } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { readConversationViews } from './conversation-views.ts';

/** One conversation of the caller. NOT_FOUND for who never was a member. */
export async function getConversation(ctx: UserContext, input: ConversationIdInput): Promise<ConversationView> {
  const [view] = await readConversationViews(ctx.db.sql, ctx.session.userId, { ids: [input.conversationId] });
  if (view === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  return view;
}
