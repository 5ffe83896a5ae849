import {
  editMessageInput,
  forwardMessagesInput,
  getMessagesInput,
  listMessagesInput,
  listReactionsInput,
  messageHistoryInput,
  pinMessageInput,
  reactInput,
  receiptsInput,
  removeMessagesInput,
  revokeMessageInput,
  sendMessageInput,
  setDisappearingInput,
  typingInput,
} from '@nexo/shared';
import { router, userProcedure } from '../trpc.ts';
import { editMessage } from './edit-message.ts';
import { forwardMessages } from './forward-messages.ts';
import { getMessages } from './get-messages.ts';
import { listMessages } from './list-messages.ts';
import { listReactions } from './list-reactions.ts';
import { messageHistory } from './message-history.ts';
import { pinMessage } from './pin-message.ts';
import { reactToMessage } from './react-to-message.ts';
import { readReceipts } from './read-receipts.ts';
import { removeMessages } from './remove-messages.ts';
import { revokeMessage } from './revoke-message.ts';
import { sendMessage } from './send-message.ts';
import { setDisappearing } from './set-disappearing.ts';
import { typing } from './typing.ts';

export const messagesRouter = router({
  send: userProcedure.input(sendMessageInput).mutation(({ ctx, input }) => sendMessage(ctx, input)),
  list: userProcedure.input(listMessagesInput).query(({ ctx, input }) => listMessages(ctx, input)),
  get: userProcedure.input(getMessagesInput).query(({ ctx, input }) => getMessages(ctx, input)),
  typing: userProcedure.input(typingInput).mutation(({ ctx, input }) => typing(ctx, input)),
  edit: userProcedure.input(editMessageInput).mutation(({ ctx, input }) => editMessage(ctx, input)),
  revoke: userProcedure.input(revokeMessageInput).mutation(({ ctx, input }) => revokeMessage(ctx, input)),
  history: userProcedure.input(messageHistoryInput).query(({ ctx, input }) => messageHistory(ctx, input)),
  react: userProcedure.input(reactInput).mutation(({ ctx, input }) => reactToMessage(ctx, input)),
  reactions: userProcedure.input(listReactionsInput).query(({ ctx, input }) => listReactions(ctx, input)),
  pin: userProcedure.input(pinMessageInput).mutation(({ ctx, input }) => pinMessage(ctx, input)),
  remove: userProcedure.input(removeMessagesInput).mutation(({ ctx, input }) => removeMessages(ctx, input)),
  /** How long messages can be edited and revoked here. */
  rules: userProcedure.query(({ ctx }) => ctx.settings.messageRules),
  forward: userProcedure.input(forwardMessagesInput).mutation(({ ctx, input }) => forwardMessages(ctx, input)),
  receipts: userProcedure.input(receiptsInput).query(({ ctx, input }) => readReceipts(ctx, input)),
  setDisappearing: userProcedure.input(setDisappearingInput).mutation(({ ctx, input }) => setDisappearing(ctx, input)),
});
