import { type ConversationEvent, excerptOf, type MessageView, type ReactionView, type ReplyView } from '@nexo/shared';
import type { ConversationState } from './state.ts';
import { newerRow } from './windows.ts';

/** Messages of one conversation of which is remembered what was told; the one told of longest ago is forgotten. */
const toldMaxMessages = 500;
/** Changes of one message since it was last told as a whole. */
const toldMaxChanges = 100;

/** A newer version of a message that was there, as a whole or in one respect. */
export type Version = MessageView | Extract<ConversationEvent, { type: 'message.reacted' | 'message.expiring' }>;

/**
 * What was told of messages that were there before, by seq: first the last whole version, then what came after it. What was asked for
 * before it was told (a page, what is stored, the last message of an answer) may come after it, and must not bring an older one.
 */
export type Told = ReadonlyMap<number, readonly Version[]>;

/**
 * A newer version takes the place of the older one wherever that stands, also in quotes; it is never put where it was not, as it may have
 * been removed here. It is remembered for what comes late.
 */
export function withTold(conversation: ConversationState, version: Version): ConversationState {
  const { view, window, told } = conversation;
  const rows = window?.rows.map((row) => versionOf(row, version));
  const isSame = rows === undefined || rows.every((row, index) => row === window?.rows[index]);
  const lastMessage = view.lastMessage === undefined ? undefined : versionOf(view.lastMessage, version);
  return {
    ...conversation,
    view: lastMessage === undefined || lastMessage === view.lastMessage ? view : { ...view, lastMessage },
    window: isSame || window === null ? window : { ...window, rows },
    told: remember(told, version),
  };
}

/** Whether this version, or a newer one, was told already. */
export function isTold({ told }: ConversationState, { seq, change }: MessageView): boolean {
  const [known] = told?.get(seq) ?? [];
  return known !== undefined && isWhole(known) && known.change >= change;
}

function remember(told: Told | undefined, version: Version): Told {
  const { seq } = version;
  const next = new Map(told);
  const before = next.get(seq) ?? [];
  // Set anew, it is the one told of last.
  next.delete(seq);
  next.set(seq, isWhole(version) ? [version] : [...before, version].slice(-toldMaxChanges));
  const [oldest] = next.keys();
  if (next.size > toldMaxMessages && oldest !== undefined) next.delete(oldest);
  return next;
}

/** A conversation, whatever has brought its rows and its last message, with what was told of them. `before`: what has been done already. */
export function asTold(conversation: ConversationState, before: ConversationState | undefined): ConversationState {
  const { told, view, window } = conversation;
  if (told === undefined) return conversation;
  let next = conversation;
  const { lastMessage } = view;
  if (lastMessage !== undefined && lastMessage !== before?.view.lastMessage) {
    const newest = newestVersion(told, lastMessage);
    if (newest !== lastMessage) next = { ...next, view: { ...view, lastMessage: newest } };
  }
  if (window !== null && window.rows !== before?.window?.rows) {
    const rows = window.rows.map((row) => newestVersion(told, row));
    if (rows.some((row, index) => row !== window.rows[index])) next = { ...next, window: { ...window, rows } };
  }
  return next;
}

/** A message, and what it quotes, by what was told of both. */
export function newestVersion(told: Told | undefined, message: MessageView): MessageView {
  const own = told?.get(message.seq) ?? [];
  const quoted = message.replyTo === undefined ? [] : (told?.get(message.replyTo.seq) ?? []);
  // Of what has disappeared there is nothing newer.
  if (message.content.type === 'expired') return message;
  return [...own, ...quoted].reduce(versionOf, message);
}

/** What was told of messages, for who has stored older ones: the whole of those of which that is known, and the seqs of the others. */
export function toldVersions(told: Told): { whole: MessageView[]; inParts: number[] } {
  const whole: MessageView[] = [];
  const inParts: number[] = [];
  for (const [seq, [first]] of told) {
    if (first !== undefined && isWhole(first)) whole.push(newestVersion(told, first));
    else inParts.push(seq);
  }
  return { whole, inParts };
}

/** Stored messages of one conversation with these newer versions, in the quotes of them, too: those that became others. */
export function changedRows(rows: readonly MessageView[], changed: readonly MessageView[]): MessageView[] {
  const told = new Map(changed.map((message) => [message.seq, [message]]));
  return rows.flatMap((row) => {
    const next = newestVersion(told, row);
    return next === row ? [] : [next];
  });
}

/** A quote by what is known of the quoted message. */
export function newestQuote(told: Told | undefined, rows: readonly MessageView[], quote: ReplyView): ReplyView {
  const [version] = told?.get(quote.seq) ?? [];
  const known = rows.find(({ seq }) => seq === quote.seq) ?? (version !== undefined && isWhole(version) ? version : undefined);
  return known === undefined ? quote : newerQuote(quote, known);
}

/** A message by one version, which may be one of another message that it quotes, or of neither. */
function versionOf(row: MessageView, version: Version): MessageView {
  if (isWhole(version)) {
    if (row.seq === version.seq) return newerRow(row, version);
    if (row.replyTo?.seq !== version.seq) return row;
    const replyTo = newerQuote(row.replyTo, version);
    return replyTo === row.replyTo ? row : { ...row, replyTo };
  }
  if (row.seq !== version.seq || row.change >= version.change) return row;
  const { change } = version;
  if (version.type === 'message.expiring') return { ...row, change, expiresAt: version.expiresAt };
  const { reactions: before = [], ...rest } = row;
  const reactions = putReaction(before, version.reaction);
  return { ...rest, change, ...(reactions.length === 0 ? {} : { reactions }) };
}

function isWhole(version: Version): version is MessageView {
  return !('type' in version);
}

function newerQuote(quote: ReplyView, quoted: MessageView): ReplyView {
  if (quoted.contentChange === undefined || (quote.change ?? 0) >= quoted.contentChange) return quote;
  return quoteOfVersion(quoted);
}

/** A message as a quote shows it. */
export function quoteOfVersion(message: MessageView): ReplyView {
  const { seq, senderId, content, contentChange, revokedAt } = message;
  return {
    ...{ seq, senderId, excerpt: excerptOf(content) },
    ...(contentChange === undefined ? {} : { change: contentChange }),
    ...(revokedAt === undefined ? {} : { revoked: true as const }),
  };
}

/** The kinds in their order, with one as it is now: a kind keeps its place as long as anybody has it. */
export function putReaction(before: readonly ReactionView[], reaction: ReactionView): ReactionView[] {
  if (reaction.count === 0) return before.filter(({ emoji }) => emoji !== reaction.emoji);
  if (!before.some(({ emoji }) => emoji === reaction.emoji)) return [...before, reaction];
  return before.map((kind) => (kind.emoji === reaction.emoji ? reaction : kind));
}
