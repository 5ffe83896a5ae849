import {
  excerptOf,
  isMentioned,
  isWithin,
  joinSpans,
  limits,
  type MessageView,
  type ReplyView,
  type Span,
  withReadableQuote,
} from '@nexo/shared';
import { type Former, type MemberRow, type Rows, rowOf } from './model-database.ts';

// How messages are read, as `conversations/message-view.ts` of packages/api does.

/** The change by which a member left; null for who is there. */
export function leftChange({ leftAt, change }: MemberRow): number | null {
  return leftAt === null ? null : change;
}

/** The rows of messages with `from` ≤ seq ≤ `to` that the member may read, also of those that they have removed. */
export function visibleMessages(rows: Rows, member: MemberRow, from: number, to: number): MessageView[] {
  const found: MessageView[] = [];
  for (let seq = Math.max(1, from); seq <= to; seq++) {
    const message = isWithin(member.visible, seq) ? messageRow(rows, member.conversationId, seq) : undefined;
    if (message !== undefined) found.push(message);
  }
  return found;
}

/** Those that are in their own view, as they see them. */
export function shownMessages(rows: Rows, member: MemberRow, from: number, to: number): MessageView[] {
  const removed = removedBy(rows, member);
  return visibleMessages(rows, member, from, to)
    .filter(({ seq }) => !removed.has(seq))
    .map((message) => messageFor(rows, message, member));
}

/** The last one in their view up to a head. */
export function lastShown(rows: Rows, member: MemberRow, headSeq: number): MessageView | undefined {
  const removed = removedBy(rows, member);
  for (let seq = headSeq; seq > 0; seq--) {
    if (!isWithin(member.visible, seq) || removed.has(seq)) continue;
    const message = messageRow(rows, member.conversationId, seq);
    if (message !== undefined) return messageFor(rows, message, member);
  }
  return undefined;
}

export function messageRow(rows: Rows, conversationId: string, seq: number): MessageView | undefined {
  return rows.get<MessageView>(rowOf.message(conversationId, seq));
}

const nothingRemoved: ReadonlyMap<number, number> = new Map();

/** What a member has removed from their own view: the seqs, and the private change of each. */
export function removedBy(rows: Rows, { conversationId, userId }: MemberRow): ReadonlyMap<number, number> {
  return rows.get<ReadonlyMap<number, number>>(rowOf.removed(conversationId, userId)) ?? nothingRemoved;
}

/**
 * A message as it is, or as it was at the change by which its reader left: of what was edited and reacted later they see nothing. What
 * was revoked is gone for everybody. What a quote says is read from the quoted message.
 */
export function messageAsOf(rows: Rows, row: MessageView, asOf: number | null): MessageView {
  if (asOf === null && row.replyTo === undefined) return row;
  const { replyTo, reactions, ...rest } = row;
  const quoted = replyTo === undefined ? undefined : messageRow(rows, row.conversationId, replyTo.seq);
  const seen: MessageView = asOf === null ? rest : { ...wordingAsOf(rows, rest, asOf), change: Math.min(row.change, asOf) };
  return {
    ...seen,
    ...(quoted === undefined ? {} : { replyTo: quoteAsOf(rows, quoted, asOf) }),
    ...(reactions === undefined || (asOf !== null && row.change > asOf) ? {} : { reactions }),
  };
}

/** A message as this member may have it: of what it quotes the words only if they may read them there, too. */
export function messageFor(rows: Rows, row: MessageView, member: MemberRow): MessageView {
  return withReadableQuote(messageAsOf(rows, row, leftChange(member)), member.visible);
}

/** A message as the one that quotes it shows it. */
export function quoteAsOf(rows: Rows, row: MessageView, asOf: number | null): ReplyView {
  const { content, contentChange } = asOf === null ? row : wordingAsOf(rows, row, asOf);
  return {
    ...{ seq: row.seq, senderId: row.senderId, excerpt: excerptOf(content) },
    ...(contentChange === undefined ? {} : { change: contentChange }),
    ...(row.revokedAt === undefined ? {} : { revoked: true as const }),
  };
}

function wordingAsOf(rows: Rows, row: MessageView, asOf: number): MessageView {
  if (row.contentChange === undefined || row.contentChange <= asOf) return row;
  const { contentChange: _later, editedAt: _at, ...rest } = row;
  const former = rows.get<readonly Former[]>(rowOf.former(row.conversationId, row.seq)) ?? [];
  const then = former.find(({ untilChange }) => untilChange > asOf);
  const change = former.findLast(({ untilChange }) => untilChange <= asOf)?.untilChange;
  return {
    ...rest,
    content: then?.content ?? row.content,
    ...(then?.editedAt === undefined ? {} : { editedAt: then.editedAt }),
    ...(change === undefined ? {} : { contentChange: change }),
  };
}

/** What of the unread speaks to a member (to who has left, in the words of then), and what of it does not count: revoked, or removed by themselves. */
export function unreadOf(rows: Rows, member: MemberRow, headSeq: number): { mentions: number[]; gone: Span[] } {
  const removed = removedBy(rows, member);
  const asOf = leftChange(member);
  const mentions: number[] = [];
  const gone: Span[] = [];
  for (const message of visibleMessages(rows, member, member.readSeq + 1, headSeq)) {
    const { seq, content, countable, countableSeq, contentChange = 0 } = message;
    if (!countable) continue;
    const isRevoked = content.type === 'revoked' && (asOf === null || contentChange <= asOf);
    if (isRevoked || removed.has(seq)) gone.push({ from: countableSeq, to: countableSeq });
    else if (
      isMentioned(content, member.userId) &&
      (asOf === null || isMentioned(wordingAsOf(rows, message, asOf).content, member.userId))
    )
      mentions.push(seq);
  }
  return { mentions: mentions.slice(-limits.mentionsMaxShown), gone: joinSpans(gone, []) };
}
