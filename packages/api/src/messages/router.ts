import { getMessagesInput, listMessagesInput, sendMessageInput, typingInput } from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { getMessages } from './get-messages.ts';
import { listMessages } from './list-messages.ts';
import { sendMessage } from './send-message.ts';
import { typing } from './typing.ts';

export const messagesRouter = router({
  send: userProcedure.input(sendMessageInput).mutation(({ ctx, input }) => sendMessage(ctx, input)),
  list: userProcedure.input(listMessagesInput).query(({ ctx, input }) => listMessages(ctx, input)),
  get: userProcedure.input(getMessagesInput).query(({ ctx, input }) => getMessages(ctx, input)),
  typing: userProcedure.input(typingInput).mutation(({ ctx, input }) => typing(ctx, input)),
});
