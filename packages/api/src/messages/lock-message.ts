import type { Sql } from '@nexo/db';
import {
  AppError,
  type ChangedMessage,
  type MessageActor,
  type MessageRefusal,
  type MessageView,
  reasonWords,
  withReadableQuote,
} from '@nexo/shared';
import type { UserContext } from '../context.ts';
import { type Access, accessConversation, type Right } from '../conversations/access.ts';
import { type MessageRow, messageColumns, messageForAll, notRemoved, replyJoin } from '../conversations/message-view.ts';
import { type LockedHead, type Tx, transact } from '../transact.ts';
import { type GroupStanding, verdictOn } from './group-standing.ts';
import { readStanding } from './read-standing.ts';

/** A message of a conversation whose head is locked, with the right of who wants to touch it. */
export interface LockedMessage {
  head: LockedHead;
  access: Access;
  /** As all are told of it. */
  message: MessageView;
  actor: MessageActor;
  /** How the caller stands in a group; undefined where it is none. */
  standing: GroupStanding | undefined;
}

/**
 * Runs a verb about one message in its transaction: the head is locked, the caller is a member now with the right named, and the message
 * is one that they may see. Throws NOT_FOUND, FORBIDDEN for who has left, for `send` NOT_REACHABLE, CONTACTS_ONLY and
 * BLOCKED_BY_YOU, GROUP_DISMISSED, RATE_LIMITED.
 */
export async function onMessage<T>(
  ctx: UserContext,
  input: { conversationId: string; seq: number },
  right: Exclude<Right, 'read'>,
  work: (tx: Tx, locked: LockedMessage) => Promise<T>,
): Promise<T> {
  const { userId } = ctx.session;
  await ctx.rateLimits.take('touchMessagePerUser', userId);
  return transact(ctx, async (tx) => {
    const head = await tx.lockHead(input.conversationId, userId);
    const access = await accessConversation(tx.sql, userId, input.conversationId, right);
    const standing = await readStanding(tx.sql, input.conversationId, userId);
    if (standing?.dismissed === true)
      throw new AppError('GROUP_DISMISSED', { message: reasonWords.dismissed, reason: 'dismissed' });
    const message = await readMessage(tx.sql, access, input.seq);
    if (message === null) throw new AppError('NOT_FOUND', { message: 'No such message', field: 'seq' });
    const { role, kind, readOnly } = access;
    const actor: MessageActor = { userId, role, present: access.leftChange === null, readOnly, kind };
    if (standing !== undefined) actor.speech = verdictOn('send', userId, standing, ctx.clock.now());
    return work(tx, { head, access, message, actor, standing });
  });
}

/** The same for a verb that answers the message as it has left it, which may quote what the caller may not read. */
export async function changeMessage(
  ctx: UserContext,
  input: { conversationId: string; seq: number },
  right: Exclude<Right, 'read'>,
  work: (tx: Tx, locked: LockedMessage) => Promise<ChangedMessage>,
): Promise<ChangedMessage> {
  return onMessage(ctx, input, right, async (tx, locked) => {
    const { message, changed } = await work(tx, locked);
    return { message: withReadableQuote(message, locked.access.ranges), changed };
  });
}

/** One message that this reader may see, with the words of what it quotes; null when it does not exist or is not for them. */
export async function readMessage(sql: Sql, access: Access, seq: number): Promise<MessageView | null> {
  const [row] = await sql<MessageRow[]>`
    select ${messageColumns(sql, sql`${access.leftChange}::bigint`)} from messages msg ${replyJoin(sql)}
    where msg.conversation_id = ${access.conversationId} and msg.seq = ${seq}
      and ${access.visible}::int8multirange @> msg.seq and ${notRemoved(sql, access.userId)}`;
  return row === undefined ? null : messageForAll(row);
}

/** Throws what a rule says, if it says no. */
export function insistOn(refusal: MessageRefusal | null): void {
  if (refusal !== null) throw new AppError(refusal.code, { message: refusal.reason, ...refusal.rule });
}
