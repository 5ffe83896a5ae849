import {
  clearInput,
  conversationIdInput,
  listConversationsInput,
  markReadInput,
  markUnreadInput,
  openDirectInput,
  updateConversationInput,
} from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { clearConversation, removeConversation } from './clear-conversation.ts';
import { getConversation } from './get-conversation.ts';
import { listConversations } from './list-conversations.ts';
import { markRead } from './mark-read.ts';
import { markUnread } from './mark-unread.ts';
import { openDirect } from './open-direct.ts';
import { updateConversation } from './update-conversation.ts';

export const conversationsRouter = router({
  openDirect: userProcedure.input(openDirectInput).mutation(({ ctx, input }) => openDirect(ctx, input)),
  list: userProcedure.input(listConversationsInput).query(({ ctx, input }) => listConversations(ctx, input)),
  get: userProcedure.input(conversationIdInput).query(({ ctx, input }) => getConversation(ctx, input)),
  markRead: userProcedure.input(markReadInput).mutation(({ ctx, input }) => markRead(ctx, input)),
  markUnread: userProcedure.input(markUnreadInput).mutation(({ ctx, input }) => markUnread(ctx, input)),
  update: userProcedure.input(updateConversationInput).mutation(({ ctx, input }) => updateConversation(ctx, input)),
  clear: userProcedure.input(clearInput).mutation(({ ctx, input }) => clearConversation(ctx, input)),
  remove: userProcedure.input(clearInput).mutation(({ ctx, input }) => removeConversation(ctx, input)),
});
