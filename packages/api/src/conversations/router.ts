import { conversationIdInput, listConversationsInput, markReadInput, openDirectInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { getConversation } from './get-conversation.ts';
import { listConversations } from './list-conversations.ts';
import { markRead } from './mark-read.ts';
import { openDirect } from './open-direct.ts';

export const conversationsRouter = router({
  openDirect: userProcedure.input(openDirectInput).mutation(({ ctx, input }) => openDirect(ctx, input)),
  list: userProcedure.input(listConversationsInput).query(({ ctx, input }) => listConversations(ctx, input)),
  get: userProcedure.input(conversationIdInput).query(({ ctx, input }) => getConversation(ctx, input)),
  markRead: userProcedure.input(markReadInput).mutation(({ ctx, input }) => markRead(ctx, input)),
});
