import { AppError, type ConversationView, type GroupIdInput } from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { getConversation } from '../conversations/get-conversation.ts';

/** A group of the caller. NOT_FOUND for a stranger and for what is no group. */
export async function getGroup(ctx: UserContext, input: GroupIdInput): Promise<ConversationView> {
  const view = await getConversation(ctx, input);
  if (view.kind !== 'group') throw new AppError('NOT_FOUND', { message: 'No such group' });
  return view;
}
