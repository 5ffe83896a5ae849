import type { BusMessage } from '@nexo/api';
import { type GroupStanding, refusedByGroup, refusedToAll } from '@nexo/api/testing';
import {
  AppError,
  type ChangedMessage,
  type ClearInput,
  type ConversationEvent,
  defaultMessageRules,
  type EditMessageInput,
  limits,
  type MessageActor,
  type MessageRefusal,
  type MessageView,
  type MyMembership,
  type PinMessageInput,
  type PinView,
  type ReactInput,
  type ReactionView,
  type RemovedMessages,
  type RemoveMessagesInput,
  type RevokeMessageInput,
  refuseEdit,
  refusePin,
  refuseReaction,
  refuseRevoke,
} from '@nexo/shared';
import {
  type ConversationRow,
  type Former,
  type HeadRow,
  type MemberRow,
  type Rows,
  rowOf,
  type Transaction,
} from './model-database.ts';
import { messageAsOf, messageRow, removedBy, shownMessages, visibleMessages } from './model-messages.ts';
import { accessOf, viewOf } from './model-reads.ts';
import { standingOf } from './model-sends.ts';
import { lockHead, moveUserHead, tellMyself, transact, userChangeOf, type VerbContext, writeMember } from './model-transact.ts';
import { moveReadPosition } from './model-verbs.ts';

// What becomes of messages once they are sent, as the verbs of packages/api do it: all under the lock of the head.

interface Touched {
  transaction: Transaction;
  head: HeadRow;
  message: MessageView;
  actor: MessageActor;
  standing: GroupStanding | undefined;
  now: number;
  tell(from: number, events: ConversationEvent[]): void;
}

/** A verb about one message, which the caller can see: the head is locked first, then all is read. */
function onMessage<T>(
  ctx: VerbContext,
  userId: string,
  { conversationId, seq }: { conversationId: string; seq: number },
  work: (touched: Touched) => Promise<T>,
): Promise<T> {
  return transact(ctx, async (transaction, tell) => {
    const head = await lockHead(transaction, conversationId);
    const found = await transaction.statement('read message', [], (tx) => {
      const { conversation, member } = accessOf(tx, userId, conversationId, 'send');
      const [message] = shownMessages(tx, member, seq, seq);
      if (message === undefined) throw new AppError('NOT_FOUND', { field: 'seq' });
      const actor: MessageActor = { userId, role: member.role, present: true, kind: conversation.kind };
      return { message, actor, standing: standingOf(tx, member) };
    });
    return work({
      ...{ transaction, head, ...found },
      now: ctx.now(),
      tell: (from, events) => tell({ kind: 'conversation', conversationId, from, to: head.change, events }),
    });
  });
}

function insistOn(refusal: MessageRefusal | null): void {
  if (refusal !== null) throw new AppError(refusal.code, { message: refusal.reason });
}

/** Writes another version of a message and the head that has moved with it; answers it as it is read. */
function writeVersion(tx: Transaction, head: HeadRow, message: MessageView): MessageView {
  const { conversationId, seq } = message;
  tx.write(rowOf.message(conversationId, seq), message);
  tx.write(rowOf.head(conversationId), { ...head });
  return messageAsOf(tx, message, null);
}

export function editMessage(ctx: VerbContext, userId: string, input: EditMessageInput): Promise<ChangedMessage> {
  return onMessage(ctx, userId, input, async ({ transaction, head, message, actor, standing, now, tell }) => {
    insistOn(refuseEdit(actor, message, defaultMessageRules, now));
    if (JSON.stringify(message.content) === JSON.stringify(input.content)) return { message, changed: false };
    const silenced = refusedByGroup(userId, standing, now);
    if (silenced !== null) throw silenced;
    const tooLoud = 'mentionsAll' in input.content ? refusedToAll(userId, standing, now) : null;
    if (tooLoud !== null) throw tooLoud;
    const change = ++head.change;
    const edited = await transaction.statement('edit', [], (tx) => {
      const { conversationId, seq } = input;
      const row = messageRow(tx, conversationId, seq) ?? message;
      const former = tx.get<readonly Former[]>(rowOf.former(conversationId, seq)) ?? [];
      if (former.length >= limits.messageEditsMax) throw new AppError('LIMIT_REACHED');
      const { content, editedAt } = row;
      tx.write(rowOf.former(conversationId, seq), [...former, { content, editedAt, untilChange: change }]);
      return writeVersion(tx, head, { ...row, content: input.content, editedAt: now, contentChange: change, change });
    });
    tell(change, [{ type: 'message.edited', conversationId: input.conversationId, change, message: edited }]);
    return { message: edited, changed: true };
  });
}

export function revokeMessage(ctx: VerbContext, userId: string, input: RevokeMessageInput): Promise<ChangedMessage> {
  const { conversationId, seq } = input;
  return onMessage(ctx, userId, input, async ({ transaction, head, message, actor, now, tell }) => {
    if (message.content.type === 'revoked') return { message, changed: false };
    const senderRole = await transaction.statement('role of sender', [], (tx) => roleOf(tx, message));
    insistOn(refuseRevoke(actor, { ...message, senderRole }, defaultMessageRules, now));
    const from = head.change + 1;
    const events = await transaction.statement('unpin', [], (tx): ConversationEvent[] => {
      const pins = pinsOf(tx, conversationId);
      if (!pins.some((pin) => pin.seq === seq)) return [];
      head.change++;
      writePins(
        tx,
        conversationId,
        pins.filter((pin) => pin.seq !== seq),
        head.change,
      );
      return [{ type: 'message.unpinned', conversationId, change: head.change, seq, userId }];
    });
    const change = ++head.change;
    const revoked = await transaction.statement('erase', [], (tx) => {
      const {
        editedAt: _edited,
        reactions: _reactions,
        replyTo: _quote,
        ...row
      } = messageRow(tx, conversationId, seq) ?? message;
      tx.write(rowOf.former(conversationId, seq), []);
      const content = { type: 'revoked' as const, revokedBy: userId };
      return writeVersion(tx, head, { ...row, content, revokedAt: now, contentChange: change, change });
    });
    tell(from, [...events, { type: 'message.revoked', conversationId, change, message: revoked }]);
    return { message: revoked, changed: true };
  });
}

function roleOf(rows: Rows, { conversationId, senderId }: MessageView): MemberRow['role'] {
  return rows.get<MemberRow>(rowOf.member(conversationId, senderId))?.role ?? 'member';
}

export function reactToMessage(ctx: VerbContext, userId: string, input: ReactInput): Promise<ChangedMessage> {
  const { conversationId, seq, emoji, on } = input;
  return onMessage(ctx, userId, input, async ({ transaction, head, message, actor, tell }) => {
    insistOn(refuseReaction(actor, message));
    const before = message.reactions ?? [];
    const userIds = before.find((kind) => kind.emoji === emoji)?.userIds ?? [];
    if (userIds.includes(userId) === on) return { message, changed: false };
    const names = on ? [...userIds, userId] : userIds.filter((other) => other !== userId);
    const reaction: ReactionView = { emoji, count: names.length, userIds: names };
    const change = ++head.change;
    const reacted = await transaction.statement('react', [], (tx) => {
      const { reactions: _before, ...row } = messageRow(tx, conversationId, seq) ?? message;
      const reactions = withReaction(before, reaction);
      return writeVersion(tx, head, { ...row, change, ...(reactions.length === 0 ? {} : { reactions }) });
    });
    tell(change, [{ type: 'message.reacted', conversationId, change, seq, userId, on, reaction }]);
    return { message: reacted, changed: true };
  });
}

/** A kind keeps its place as long as anybody has it. */
function withReaction(before: readonly ReactionView[], reaction: ReactionView): ReactionView[] {
  if (reaction.count === 0) return before.filter(({ emoji }) => emoji !== reaction.emoji);
  if (!before.some(({ emoji }) => emoji === reaction.emoji)) return [...before, reaction];
  return before.map((kind) => (kind.emoji === reaction.emoji ? reaction : kind));
}

export function pinMessage(ctx: VerbContext, userId: string, input: PinMessageInput): Promise<{ pins: PinView[] }> {
  const { conversationId, seq, pinned } = input;
  return onMessage(ctx, userId, input, async ({ transaction, head, message, actor, now, tell }) => {
    insistOn(refusePin(actor, message));
    const before = await transaction.statement('pins', [], (tx) => pinsOf(tx, conversationId));
    if (before.some((pin) => pin.seq === seq) === pinned) return { pins: [...before] };
    const change = ++head.change;
    const pin: PinView = { seq, pinnedBy: userId, pinnedAt: now, change };
    const others = before.filter((other) => other.seq !== seq);
    const pins = pinned ? [...others, pin].sort((a, b) => a.seq - b.seq) : others;
    await transaction.statement('pin', [], (tx) => {
      writePins(tx, conversationId, pins, change);
      tx.write(rowOf.head(conversationId), { ...head });
    });
    tell(change, [
      pinned
        ? { type: 'message.pinned', conversationId, change, pin }
        : { type: 'message.unpinned', conversationId, change, seq, userId },
    ]);
    return { pins };
  });
}

function pinsOf(rows: Rows, conversationId: string): readonly PinView[] {
  return rows.get<ConversationRow>(rowOf.conversation(conversationId))?.pins ?? [];
}

function writePins(tx: Transaction, conversationId: string, pins: PinView[], pinsChange: number): void {
  const row = rowOf.conversation(conversationId);
  const conversation = tx.get<ConversationRow>(row);
  if (conversation !== undefined) tx.write(row, { ...conversation, pins, pinsChange });
}

/** From the caller's own view. It has no number of the conversation, and does not wait for its head. */
export function removeMessages(ctx: VerbContext, userId: string, input: RemoveMessagesInput): Promise<RemovedMessages> {
  const { conversationId } = input;
  return transact(ctx, async (transaction, tell) => {
    const { member } = await transaction.statement('access', [], (tx) => accessOf(tx, userId, conversationId, 'read'));
    const removedRow = rowOf.removed(conversationId, userId);
    const seqs = await transaction.statement('remove', [removedRow], (tx) => {
      const removed = removedBy(tx, member);
      const wanted = [...new Set(input.seqs)].sort((a, b) => a - b);
      const fresh = wanted.filter((seq) => visibleMessages(tx, member, seq, seq).length > 0 && !removed.has(seq));
      if (fresh.length > 0) tx.write(removedRow, new Map([...removed, ...fresh.map((seq) => [seq, 0] as const)]));
      return fresh;
    });
    if (seqs.length === 0) return { userChange: await transaction.statement('head', [], (tx) => userChangeOf(tx, userId)) };
    await transaction.statement('lock member', [rowOf.member(conversationId, userId)], () => {});
    await transaction.statement('move user head', [rowOf.userHead(userId)], (tx) => moveUserHead(tx, userId));
    const { userChange, view } = await transaction.statement('own side', [], (tx) => {
      const now = userChangeOf(tx, userId);
      tx.write(removedRow, new Map([...removedBy(tx, member), ...seqs.map((seq) => [seq, now] as const)]));
      writeMember(tx, conversationId, userId, { userChange: now });
      return { userChange: now, view: viewOf(tx, conversationId, userId) };
    });
    if (view === undefined) throw new AppError('INTERNAL');
    const { me, activeAt, lastMessage } = view;
    const shown = lastMessage === undefined ? {} : { lastMessage };
    const told: BusMessage = {
      ...{ kind: 'user', userId, change: userChange },
      events: [{ type: 'me.removed', userChange, conversationId, seqs, ...shown, activeAt, me }],
    };
    tell(told);
    return { userChange };
  });
}

/** Takes away what was said up to a seq, for the caller alone; it counts as read. */
export function clearConversation(ctx: VerbContext, userId: string, input: ClearInput): Promise<MyMembership> {
  const { conversationId } = input;
  const own = [rowOf.member(conversationId, userId)];
  return transact(ctx, async (transaction, tell) => {
    const { conversation, member } = await transaction.statement('access', [], (tx) =>
      accessOf(tx, userId, conversationId, 'read'),
    );
    const seenHead = await transaction.statement('seen head', [], (tx) => viewOf(tx, conversationId, userId)?.head.seq ?? 0);
    const upTo = Math.min(input.upToSeq ?? Number.MAX_SAFE_INTEGER, seenHead);
    const readSeq = await transaction.statement('move read position', own, (tx) =>
      moveReadPosition(tx, conversationId, userId, upTo),
    );
    const isCut = await transaction.statement('cut visible', own, (tx) => cutVisible(tx, conversationId, userId, upTo));
    if (readSeq === null && !isCut) {
      const view = await transaction.statement('view', [], (tx) => viewOf(tx, conversationId, userId));
      if (view === undefined) throw new AppError('NOT_FOUND');
      return view.me;
    }
    const { me } = await tellMyself(transaction, tell, conversationId, userId);
    if (readSeq !== null && conversation.kind !== 'self' && member.leftAt === null) {
      tell({ kind: 'read', event: { type: 'conversation.read', conversationId, userId, readSeq } });
    }
    return me;
  });
}

/** False when nothing up to there could be read anyway. */
function cutVisible(tx: Transaction, conversationId: string, userId: string, upTo: number): boolean {
  const member = tx.get<MemberRow>(rowOf.member(conversationId, userId));
  if (member === undefined || !member.visible.some(({ from }) => from <= upTo)) return false;
  const visible = member.visible
    .map(({ from, to }) => ({ from: Math.max(from, upTo + 1), to }))
    .filter(({ from, to }) => to === null || from < to);
  const lastAt = visibleMessages(tx, member, 1, upTo).at(-1)?.sentAt;
  const clearedAt = lastAt === undefined ? member.clearedAt : Math.max(lastAt, member.clearedAt ?? lastAt);
  writeMember(tx, conversationId, userId, { visible, clearedAt });
  return true;
}
