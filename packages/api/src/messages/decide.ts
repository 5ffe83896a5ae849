import {
  AppError,
  type Disappearing,
  type MessageView,
  type ReplyView,
  type SendMessageInput,
  type SendMessageResult,
} from '@nexo/shared';
import { type PeerStanding, refusalToWrite } from '../contacts/peer-standing.ts';
import { onlyReads } from '../conversations/access.ts';
import { refusalBy } from '../groups/access-group.ts';
import { isSameJson } from '../same-json.ts';
import { type GroupStanding, refusedByGroup, refusedToAll } from './group-standing.ts';

/** One send that waits for its batch. */
export interface Send extends SendingWay {
  senderId: string;
  input: SendMessageInput;
}

/** What of a send is not its sender's to say. */
export interface SendingWay {
  /** Who said it first, of one that is passed on. */
  forwardedFromId?: string;
  /**
   * The system speaks, which need not be a member where it does, and whom nobody keeps from writing, or from speaking to all; but
   * where a group was dismissed there is nobody to be spoken to.
   */
  bySystem?: boolean;
}

/** A locked head; the decisions move it. */
export interface Counters {
  seq: number;
  change: number;
  countable: number;
  /** Moves when something that sending asks for has changed of which the conversation is not told. No send moves it. */
  untold: number;
}

/** What the database says about the conversations, senders and ids of a batch, read under the locks. */
export interface Facts {
  /** Those that are locked now: absent are conversations that do not exist, and those whose lock another kept. */
  heads: ReadonlyMap<string, Counters>;
  /** By {@link memberKey}: whether the sender is a member now; absent: never was. */
  members: ReadonlyMap<string, boolean>;
  /** By {@link memberKey}, of groups alone: what its rules have to say about this sender. */
  groups: ReadonlyMap<string, GroupStanding>;
  /** Messages that were committed before under the same id, by {@link sendKey}. */
  sent: ReadonlyMap<string, MessageView>;
  /** Quoted messages that their sender may see, by {@link replyKey}. */
  replies: ReadonlyMap<string, ReplyView>;
  /** How messages disappear, by conversation; absent: they do not. */
  lifetimes: ReadonlyMap<string, Disappearing>;
  /** In direct conversations, how the sender stands to the other, by {@link memberKey}. */
  peers: ReadonlyMap<string, PeerStanding>;
  /** By {@link memberKey}: who may only read there. */
  readers: ReadonlySet<string>;
  /** By {@link memberKey}, of whoever sends: the group was dismissed. */
  dismissed: ReadonlySet<string>;
}

export const memberKey = (conversationId: string, userId: string) => `${conversationId} ${userId}`;
export const sendKey = (conversationId: string, senderId: string, clientMessageId: string) =>
  `${conversationId} ${senderId} ${clientMessageId}`;
export const replyKey = (conversationId: string, userId: string, seq: number) => `${conversationId} ${userId} ${seq}`;

/** Whoever keeps the lock of a head for long is gone by then, or the database ends their transaction. */
const heldRetryMs = 1_000;

export interface Decision {
  /** To insert, in the order of the sends: ascending by seq within each conversation. */
  accepted: MessageView[];
  /** One outcome per send, in the order of the sends. */
  outcomes: (SendMessageResult | AppError)[];
  /** Heads as they are after the accepted ones; only those that moved. */
  moved: Map<string, Counters>;
}

/**
 * The rules of sending, over rows: each send becomes a message with the next numbers, the message that it already is, or a
 * refusal. Pure but for the ids that `newId` makes. A refusal takes no number and touches no neighbour.
 */
export function decide(sends: readonly Send[], facts: Facts, now: number, newId: () => string): Decision {
  const decision: Decision = { accepted: [], outcomes: [], moved: new Map() };
  const sent = new Map(facts.sent);
  for (const send of sends) {
    const outcome = decideOne(send, facts, sent, decision.moved, now, newId);
    decision.outcomes.push(outcome);
    if (outcome instanceof AppError || outcome.deduplicated) continue;
    const { message } = outcome;
    decision.accepted.push(message);
    sent.set(sendKey(message.conversationId, message.senderId, message.clientMessageId), message);
  }
  return decision;
}

function decideOne(
  { senderId, input, forwardedFromId, bySystem = false }: Send,
  facts: Facts,
  sent: ReadonlyMap<string, MessageView>,
  moved: Map<string, Counters>,
  now: number,
  newId: () => string,
): SendMessageResult | AppError {
  const { conversationId, clientMessageId } = input;
  const key = memberKey(conversationId, senderId);
  const member = bySystem || facts.members.get(key);
  if (member === undefined) return new AppError('NOT_FOUND', { message: 'No such conversation' });

  // Before the right to send: who left since then still gets the answer to what they sent as a member.
  const first = sent.get(sendKey(conversationId, senderId, clientMessageId));
  if (first !== undefined) return sameMessage(first, input) ? { message: first, deduplicated: true } : mismatch();

  if (!member) return new AppError('FORBIDDEN', { message: 'You are no longer a member' });
  const standing = facts.groups.get(key);
  const silenced = bySystem
    ? refusalOfAnybody(key, facts)
    : (refusalOfMember(key, facts) ?? refusedByGroup(senderId, standing, now));
  if (silenced !== null) return silenced;
  const replyTo = input.replyTo === undefined ? undefined : facts.replies.get(replyKey(conversationId, senderId, input.replyTo));
  if (input.replyTo !== undefined && replyTo === undefined) return new AppError('REPLY_NOT_FOUND', { field: 'replyTo' });

  const speaksToAll = input.content.type === 'text' && input.content.mentionsAll === true;
  const tooLoud = speaksToAll && !bySystem ? refusedToAll(senderId, standing, now) : null;
  if (tooLoud !== null) return tooLoud;

  const head = moved.get(conversationId) ?? facts.heads.get(conversationId);
  if (head === undefined)
    return new AppError('OVERLOADED', { message: 'This conversation is held up', retryAfterMs: heldRetryMs });

  const countable = input.silent !== true;
  const next: Counters = {
    seq: head.seq + 1,
    change: head.change + 1,
    countable: head.countable + (countable ? 1 : 0),
    untold: head.untold,
  };
  moved.set(conversationId, next);
  const message: MessageView = {
    id: newId(),
    conversationId,
    seq: next.seq,
    change: next.change,
    clientMessageId,
    senderId,
    content: input.content,
    countable,
    countableSeq: next.countable,
    sentAt: now,
  };
  // Set one by one: spread into the literal, they doubled what a decision costs, and nearly all messages have none of them.
  if (replyTo !== undefined) message.replyTo = replyTo;
  if (forwardedFromId !== undefined) message.forwardedFromId = forwardedFromId;
  const lifetime = facts.lifetimes.get(conversationId);
  if (lifetime?.afterReadMs !== undefined) message.disappearsAfterReadMs = lifetime.afterReadMs;
  if (lifetime?.afterSentMs !== undefined) message.expiresAt = now + lifetime.afterSentMs;
  return { message, deduplicated: false };
}

/**
 * Why a member may not write there, by {@link memberKey}; null when they may. Beside that a group has rules of its own, which hang on
 * the time and on what is said.
 */
export function refusalOfMember(key: string, facts: Pick<Facts, 'peers' | 'readers' | 'dismissed'>): AppError | null {
  if (facts.readers.has(key)) return onlyReads();
  const peer = facts.peers.get(key);
  return peer === undefined ? refusalOfAnybody(key, facts) : refusalToWrite(peer);
}

/** Why nobody may write there, the system neither. */
function refusalOfAnybody(key: string, { dismissed }: Pick<Facts, 'dismissed'>): AppError | null {
  return dismissed.has(key) ? refusalBy({ allowed: false, reason: 'dismissed' }) : null;
}

function mismatch(): AppError {
  return new AppError('IDEMPOTENCY_MISMATCH', { message: 'This clientMessageId was sent before with other content' });
}

/**
 * Whether a committed message is what this input asks for. One that was edited or revoked since, or has disappeared, says something else now, and is the
 * same all the same: the retry of a send must not be refused for it.
 */
function sameMessage(message: MessageView, input: SendMessageInput): boolean {
  // What has disappeared has such a change, too: whoever sends it again gets what is left of it, and no second one.
  // Who left before sees no such change, but is left with as much.
  const { type } = message.content;
  if (message.contentChange !== undefined || type === 'revoked' || type === 'expired') return true;
  const isSameWay = message.replyTo?.seq === input.replyTo && message.countable === (input.silent !== true);
  return isSameWay && isSameJson(message.content, input.content);
}
