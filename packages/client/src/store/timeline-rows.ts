import { isWithin, type MessageView, type MyMembership, type ReplyView } from '@nexo/shared';
import type { PendingMessage } from '../outbox/item.ts';
import { type PendingReactions, withPending } from '../reactions/pending.ts';
import { newestQuote, type Told } from '../reducer/versions.ts';
import type { TimelineMessage } from '../types/store.ts';

/** What rows of a timeline are made of. */
export interface RowSources {
  rows: readonly MessageView[];
  /** In the order of sending. */
  pending: readonly PendingMessage[];
  myId: string | undefined;
  peerReadSeq: number;
  /** How far each of the others in a group has read, the furthest first. */
  readPositions: readonly number[];
  /** What may be read; of a conversation that is not known, nothing is hidden. */
  visible?: MyMembership['visible'] | undefined;
  /** What was told of messages, of those that are not loaded, too. */
  told?: Told | undefined;
  /** Own reactions that the server has not confirmed, by seq. */
  reactions?: PendingReactions | undefined;
}

/** Confirmed rows by seq, then the ones on their way. Rows of `before` that did not change are the same objects. */
export function timelineRows(sources: RowSources, before: readonly TimelineMessage[]): readonly TimelineMessage[] {
  const known = new Map(before.map((row) => [row.key, row]));
  const keys = new Set<string>();
  const rows: TimelineMessage[] = [];
  const push = (row: TimelineMessage) => {
    keys.add(row.key);
    const same = known.get(row.key);
    rows.push(same !== undefined && isSameRow(same, row) ? same : row);
  };

  const pendingKeys = new Set(sources.pending.map(({ entry }) => entry.clientMessageId));
  const isTaken = (key: string) => keys.has(key) || pendingKeys.has(key);
  for (const message of sources.rows) {
    // What has disappeared is not to be seen.
    if (message.content.type === 'expired') continue;
    // The sender chooses a clientMessageId: one that repeats another's must not take that one's row.
    const isForged = message.senderId !== sources.myId && isTaken(message.clientMessageId);
    push(confirmedRow(message, isForged ? message.id : message.clientMessageId, sources));
  }
  const lastSeq = sources.rows.at(-1)?.seq ?? 0;
  for (const pending of sources.pending) {
    // One that the server has put before what is loaded is not to be seen here.
    const isBefore = (pending.acknowledged?.seq ?? Number.POSITIVE_INFINITY) <= lastSeq;
    if (!isBefore && !keys.has(pending.entry.clientMessageId)) push(pendingRow(pending, sources));
  }
  const isSame = rows.length === before.length && rows.every((row, index) => row === before[index]);
  return isSame ? before : rows;
}

function confirmedRow(message: MessageView, key: string, sources: RowSources): TimelineMessage {
  const isOwn = message.senderId === sources.myId;
  const readBy = isOwn ? countFrom(sources.readPositions, message.seq) : 0;
  const isRead = isOwn && (message.seq <= sources.peerReadSeq || readBy > 0);
  const row: TimelineMessage = {
    key,
    conversationId: message.conversationId,
    senderId: message.senderId,
    content: message.content,
    seq: message.seq,
    sentAt: message.sentAt,
    state: isRead ? 'read' : 'sent',
  };
  const replyTo = shownQuote(message.replyTo, sources.visible);
  if (replyTo !== undefined) row.replyTo = replyTo;
  if (message.editedAt !== undefined) row.editedAt = message.editedAt;
  const reactions = withPending(message.reactions, sources.reactions?.get(message.seq), sources.myId);
  if (reactions !== undefined) row.reactions = reactions;
  if (message.forwardedFromId !== undefined) row.forwardedFromId = message.forwardedFromId;
  if (message.disappearsAfterReadMs !== undefined) row.disappearsAfterReadMs = message.disappearsAfterReadMs;
  if (message.expiresAt !== undefined) row.expiresAt = message.expiresAt;
  if (readBy > 0) row.readBy = readBy;
  if (!message.countable && message.content.type !== 'notice') row.silent = true;
  return row;
}

/**
 * A quote as it is shown. Of what lies outside of what may be read (cleared, or from before one joined) it has no words: what becomes
 * of that is not told, so they might be edited or revoked by now.
 */
export function shownQuote(replyTo: ReplyView | undefined, visible: RowSources['visible']): ReplyView | undefined {
  if (replyTo === undefined) return undefined;
  const { seq, senderId } = replyTo;
  return visible === undefined || isWithin(visible, seq) ? replyTo : { seq, senderId, excerpt: '' };
}

/** How many of the positions, the furthest first, are at this seq or beyond. */
function countFrom(positions: readonly number[], seq: number): number {
  const behind = positions.findIndex((position) => position < seq);
  return behind === -1 ? positions.length : behind;
}

function pendingRow(
  { entry, state, sentAt, replyTo: quote, acknowledged }: PendingMessage,
  sources: RowSources,
): TimelineMessage {
  const row: TimelineMessage = {
    key: entry.clientMessageId,
    conversationId: entry.conversationId,
    senderId: sources.myId ?? '',
    content: entry.content,
    sentAt: acknowledged?.sentAt ?? sentAt,
    state,
  };
  if (acknowledged !== undefined) row.seq = acknowledged.seq;
  // It was seen while writing, and may have been edited or revoked since.
  const replyTo = quote === undefined ? undefined : newestQuote(sources.told, sources.rows, quote);
  if (replyTo !== undefined) row.replyTo = replyTo;
  if (entry.silent === true) row.silent = true;
  if (entry.failure !== undefined) row.failure = entry.failure;
  return row;
}

function isSameRow(a: TimelineMessage, b: TimelineMessage): boolean {
  return (
    a.state === b.state &&
    a.readBy === b.readBy &&
    a.seq === b.seq &&
    a.sentAt === b.sentAt &&
    a.senderId === b.senderId &&
    a.content === b.content &&
    a.failure === b.failure &&
    a.editedAt === b.editedAt &&
    a.expiresAt === b.expiresAt &&
    a.replyTo?.seq === b.replyTo?.seq &&
    a.replyTo?.excerpt === b.replyTo?.excerpt &&
    a.replyTo?.revoked === b.replyTo?.revoked &&
    isSameReactions(a.reactions, b.reactions)
  );
}

function isSameReactions(a: TimelineMessage['reactions'], b: TimelineMessage['reactions']): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((kind, index) => {
    const other = b[index];
    return kind.emoji === other?.emoji && kind.count === other.count && kind.userIds.join() === other.userIds.join();
  });
}
