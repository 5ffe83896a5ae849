import type { BusMessage } from '@nexo/api';
import { doorbellOf } from '@nexo/api/testing';
import { AppError, type ConversationEvent, type ConversationView, type MessageView, type NoticeContent } from '@nexo/shared';
import {
  type HeadRow,
  type MemberRow,
  type ModelDatabase,
  type Rows,
  rowOf,
  type Transaction,
  type UserHeadRow,
} from './model-database.ts';
import { viewOf } from './model-reads.ts';
import { insertMessage } from './model-sends.ts';
import type { Actor } from './scheduler.ts';

/** The part of a node that verbs work with. */
export interface VerbContext {
  actor: Actor;
  node: string;
  database: ModelDatabase;
  now(): number;
  newId(): string;
  publish(messages: readonly BusMessage[]): void;
}

/** A verb of its own: check, then do, then tell. */
export async function transact<T>(
  ctx: VerbContext,
  work: (transaction: Transaction, tell: (message: BusMessage) => void) => Promise<T>,
): Promise<T> {
  const transaction = ctx.database.begin(ctx.actor, ctx.node);
  const told: BusMessage[] = [];
  let value: T;
  try {
    value = await work(transaction, (message) => told.push(message));
    const heads = doorbellOf(told);
    if (heads !== null) await transaction.statement('ring', [], (tx) => tx.ring(heads));
    await transaction.commit();
  } catch (error) {
    transaction.rollback();
    throw error;
  }
  if (told.length > 0) ctx.publish(told);
  return value;
}

export async function lockHead(transaction: Transaction, id: string): Promise<HeadRow> {
  const head = await transaction.statement('lock head', [rowOf.head(id)], (tx) => tx.get<HeadRow>(rowOf.head(id)));
  if (head === undefined) throw new AppError('NOT_FOUND');
  return { ...head };
}

/** Counts that a user's own side changed, and tells it as it is now. */
export async function tellMyself(
  transaction: Transaction,
  tell: (message: BusMessage) => void,
  id: string,
  userId: string,
): Promise<ConversationView> {
  await transaction.statement('move user head', [rowOf.userHead(userId)], (tx) => moveUserHead(tx, userId));
  const view = await transaction.statement('own side', [rowOf.member(id, userId)], (tx) => {
    writeMember(tx, id, userId, { userChange: userChangeOf(tx, userId) });
    return viewOf(tx, id, userId);
  });
  if (view === undefined) throw new AppError('INTERNAL');
  const change = view.me.userChange;
  tell({ kind: 'user', userId, change, events: [{ type: 'me.updated', userChange: change, conversationId: id, me: view.me }] });
  return view;
}

export async function tellJoined(
  transaction: Transaction,
  tell: (message: BusMessage) => void,
  id: string,
  userIds: readonly string[],
): Promise<void> {
  const sorted = [...userIds].sort();
  await transaction.statement('move user heads', sorted.map(rowOf.userHead), (tx) => {
    for (const userId of sorted) moveUserHead(tx, userId);
  });
  const views = await transaction.statement(
    'own sides',
    sorted.map((userId) => rowOf.member(id, userId)),
    (tx) => {
      for (const userId of sorted) writeMember(tx, id, userId, { userChange: userChangeOf(tx, userId) });
      return sorted.map((userId) => ({ userId, conversation: viewOf(tx, id, userId) }));
    },
  );
  for (const { userId, conversation } of views) {
    if (conversation === undefined) continue;
    const { userChange } = conversation.me;
    tell({ kind: 'user', userId, change: userChange, events: [{ type: 'me.joined', userChange, conversation }] });
  }
}

export function userChangeOf(rows: Rows, userId: string): number {
  return rows.get<UserHeadRow>(rowOf.userHead(userId))?.change ?? 0;
}

export function moveUserHead(tx: Transaction, userId: string): void {
  tx.write(rowOf.userHead(userId), { change: userChangeOf(tx, userId) + 1 });
}

export function writeMember(tx: Transaction, id: string, userId: string, change: Partial<MemberRow>): void {
  const row = rowOf.member(id, userId);
  const member = tx.get<MemberRow>(row);
  if (member !== undefined) tx.write(row, { ...member, ...change });
}

export function insertNotice(
  ctx: VerbContext,
  tx: Transaction,
  id: string,
  head: HeadRow,
  content: NoticeContent,
): ConversationEvent {
  head.seq++;
  head.change++;
  const message: MessageView = {
    ...{ id: ctx.newId(), conversationId: id, seq: head.seq, change: head.change, clientMessageId: ctx.newId() },
    ...{ senderId: content.actorId, content, countable: false, countableSeq: head.countable, sentAt: ctx.now() },
  };
  insertMessage(tx, message);
  return { type: 'message.sent', conversationId: id, change: message.change, message };
}
