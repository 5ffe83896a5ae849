import {
  forwardMessagesInput,
  getMessagesInput,
  listMessagesInput,
  receiptsInput,
  sendMessageInput,
  setDisappearingInput,
  typingInput,
} from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { forwardMessages } from './forward-messages.ts';
import { getMessages } from './get-messages.ts';
import { listMessages } from './list-messages.ts';
import { readReceipts } from './read-receipts.ts';
import { sendMessage } from './send-message.ts';
import { setDisappearing } from './set-disappearing.ts';
import { typing } from './typing.ts';

export const messagesRouter = router({
  send: userProcedure.input(sendMessageInput).mutation(({ ctx, input }) => sendMessage(ctx, input)),
  list: userProcedure.input(listMessagesInput).query(({ ctx, input }) => listMessages(ctx, input)),
  get: userProcedure.input(getMessagesInput).query(({ ctx, input }) => getMessages(ctx, input)),
  typing: userProcedure.input(typingInput).mutation(({ ctx, input }) => typing(ctx, input)),
  forward: userProcedure.input(forwardMessagesInput).mutation(({ ctx, input }) => forwardMessages(ctx, input)),
  receipts: userProcedure.input(receiptsInput).query(({ ctx, input }) => readReceipts(ctx, input)),
  setDisappearing: userProcedure.input(setDisappearingInput).mutation(({ ctx, input }) => setDisappearing(ctx, input)),
});
