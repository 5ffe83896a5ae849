import type { Sql } from '@nexo/db';
import {
  AppError,
  directConversationId,
  type SendAsInput,
  type SendBatchInput,
  type SendMessageInput,
  type SendMessageResult,
  type SendOutcome,
  selfConversationId,
  systemConversationId,
  systemUserId,
} from '@nexo/shared';
import type { BackendContext } from '../context.ts';
import { openDirect } from '../conversations/open-direct.ts';
import { makeSystemConversations } from '../conversations/system-conversations.ts';
import { toAppError } from '../errors.ts';
import { sendMessage } from '../messages/send-message.ts';
import { findStoredIds } from '../users/find-users.ts';
import { actAs } from './act-as.ts';

/**
 * Sends one message as a user, with exactly that user's rights, or as the system. Repeating it with the same `clientMessageId`
 * answers the first one. Throws what `messages.send` throws, NOT_FOUND for an unknown user.
 */
export async function sendAs(ctx: BackendContext, input: SendAsInput): Promise<SendMessageResult> {
  const [outcome] = await sendAll(ctx, [input]);
  if (outcome === undefined || outcome instanceof AppError) throw outcome ?? new AppError('INTERNAL');
  return outcome;
}

/** Sends each of several messages by itself: one that is refused keeps none of the others back. One outcome each, in order. */
export async function sendBatch(ctx: BackendContext, input: SendBatchInput): Promise<{ items: SendOutcome[] }> {
  const outcomes = await sendAll(ctx, input.messages);
  return {
    items: outcomes.map((outcome) =>
      outcome instanceof AppError ? { refusal: { ...outcome.toData(), message: outcome.message } } : outcome,
    ),
  };
}

/** A message that knows who sends it and where. */
interface Addressed {
  senderId: string;
  bySystem: boolean;
  /** Whom it is to; undefined when it names a conversation instead. */
  peer?: string;
  input: SendMessageInput;
}

/** One outcome per message, in order. Throws RATE_LIMITED before anything is sent. */
async function sendAll(ctx: BackendContext, messages: readonly SendAsInput[]): Promise<(SendMessageResult | AppError)[]> {
  await ctx.rateLimits.take('messagesPerKey', ctx.apiKey.id, messages.length);
  const named = messages.flatMap(({ senderId, toUserId }) => [senderId ?? [], toUserId ?? []].flat());
  const stored = await findStoredIds(ctx.db.sql, named);
  const addressed = messages.map((message) => address(message, stored));
  const present = await readPresent(
    ctx.db.sql,
    addressed.flatMap((one) => (one instanceof AppError ? [] : one.input.conversationId)),
  );
  // All that has to be made is made first: then nothing waits between the messages, and they keep their order.
  const toUsersBySystem = addressed.flatMap((one) =>
    one instanceof AppError || !one.bySystem || present.has(one.input.conversationId) ? [] : (one.peer ?? []),
  );
  await makeSystemConversations(ctx, toUsersBySystem);
  for (const [i, one] of addressed.entries()) {
    if (one instanceof AppError || present.has(one.input.conversationId)) continue;
    const opened = await open(ctx, one).catch(toAppError);
    if (opened instanceof AppError) addressed[i] = opened;
    else present.add(one.input.conversationId);
  }
  return Promise.all(addressed.map((one) => (one instanceof AppError ? one : sendOne(ctx, one))));
}

async function sendOne(ctx: BackendContext, { senderId, input, bySystem }: Addressed): Promise<SendMessageResult | AppError> {
  try {
    return await sendMessage(actAs(ctx, senderId), input, { bySystem });
  } catch (error) {
    return toAppError(error);
  }
}

function address(message: SendAsInput, stored: ReadonlyMap<string, string>): Addressed | AppError {
  const { senderId: sender, toUserId, conversationId, ...rest } = message;
  const senderId = sender === undefined ? systemUserId : stored.get(sender.toLowerCase());
  if (senderId === undefined) return new AppError('NOT_FOUND', { field: 'senderId', message: 'No such user' });
  const bySystem = senderId === systemUserId;
  if (conversationId !== undefined) return { senderId, bySystem, input: { ...rest, conversationId } };
  const peer = stored.get(toUserId?.toLowerCase() ?? '');
  if (peer === undefined) return new AppError('NOT_FOUND', { field: 'toUserId', message: 'No such user' });
  const id = bySystem
    ? systemConversationId(peer)
    : senderId === peer
      ? selfConversationId(peer)
      : directConversationId(senderId, peer);
  return { senderId, bySystem, peer, input: { ...rest, conversationId: id } };
}

async function readPresent(sql: Sql, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await sql<{ id: string }[]>`select id from conversations where id = any(${[...new Set(ids)]}::uuid[])`;
  return new Set(rows.map((row) => row.id));
}

/** Makes the conversation of a user with another, as far as it is not made yet. Throws NOT_FOUND for one that was named by its id. */
async function open(ctx: BackendContext, { senderId, bySystem, peer }: Addressed): Promise<void> {
  if (peer === undefined) throw new AppError('NOT_FOUND', { message: 'No such conversation' });
  if (!bySystem) await openDirect(actAs(ctx, senderId), { userId: peer });
}
