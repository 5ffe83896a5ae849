import type { BusMessage } from '@nexo/api';
import {
  type Counters,
  type Decision,
  decide,
  doorbellOf,
  type Facts,
  type GroupStanding,
  type KnownConversations,
  memberKey,
  replyKey,
  type Send,
  sendKey,
} from '@nexo/api/testing';
import { AppError, defaultGroupRules, type MessageView, type ReplyView, type SendMessageResult } from '@nexo/shared';
import { DatabaseError, type HeadRow, type MemberRow, type Rows, rowOf, type Transaction } from './model-database.ts';
import { leftChange, messageAsOf, quoteAsOf, visibleMessages } from './model-messages.ts';
import type { VerbContext } from './model-transact.ts';

interface Committed {
  outcomes: (SendMessageResult | AppError)[];
  told: BusMessage[];
}

const uniqueViolation = '23505';
/** A lane's connection gives a lock up after this long. */
const laneLockTimeoutMs = 500;

/**
 * Commits sends together, as a lane does: at once when the lane knows what they need and nothing of it has changed; else the heads are
 * locked, then the facts are read in later statements, the real rules decide, and everything is written and committed.
 */
export async function commitSends(
  ctx: VerbContext,
  known: KnownConversations,
  sends: readonly Send[],
  locks: 'wait' | 'skip',
): Promise<Committed> {
  const expected = locks === 'wait' ? known.factsOf(sends) : null;
  if (expected !== null) {
    const decision = decide(sends, expected, ctx.now(), ctx.newId);
    if (await commitUnchanged(ctx, expected, decision)) {
      known.learn(sends, expected, decision);
      return { outcomes: decision.outcomes, told: changesOf(decision.accepted) };
    }
    known.doubt(expected);
  }
  const transaction = ctx.database.begin(ctx.actor, ctx.node, { lockTimeoutMs: laneLockTimeoutMs });
  const ids = [...new Set(sends.map(({ input }) => input.conversationId))].sort();
  try {
    const [heads, facts] = (await transaction.pipeline([
      { what: 'lock heads', locks: locks === 'wait' ? ids.map(rowOf.head) : [], work: (tx) => readHeads(tx, ids, locks) },
      { what: 'read facts', locks: [], work: (tx) => readFacts(tx, sends) },
    ])) as [Facts['heads'], Omit<Facts, 'heads'>];
    const decision = decide(sends, { heads, ...facts }, ctx.now(), ctx.newId);
    if (decision.accepted.length > 0) {
      await transaction.statement('insert messages', readersOf(decision), (tx) => writeDecision(tx, decision));
    }
    await transaction.commit();
    known.learn(sends, { heads, ...facts }, decision);
    return { outcomes: decision.outcomes, told: changesOf(decision.accepted) };
  } catch (error) {
    transaction.rollback();
    throw error;
  }
}

/** One statement that is its own transaction. False when a head has moved, or a message was sent before. */
async function commitUnchanged(ctx: VerbContext, expected: Facts, decision: Decision): Promise<boolean> {
  if (decision.accepted.length === 0 || decision.outcomes.some((outcome) => outcome instanceof AppError)) return false;
  const transaction = ctx.database.begin(ctx.actor, ctx.node, { lockTimeoutMs: laneLockTimeoutMs });
  const heads = [...expected.heads.keys()].sort().map(rowOf.head);
  const isUnchanged = (tx: Transaction) =>
    [...expected.heads].every(([id, { change }]) => tx.get<HeadRow>(rowOf.head(id))?.change === change);
  try {
    const wasUnchanged = await transaction.statement('write unchanged', [...heads, ...readersOf(decision)], (tx) => {
      if (!isUnchanged(tx)) return false;
      writeDecision(tx, decision);
      return true;
    });
    if (wasUnchanged) await transaction.commit();
    else transaction.rollback();
    return wasUnchanged;
  } catch (error) {
    transaction.rollback();
    if (error instanceof DatabaseError && error.code === uniqueViolation) return false;
    throw error;
  }
}

function readersOf({ accepted }: Decision): string[] {
  return [...new Set(accepted.map((message) => rowOf.member(message.conversationId, message.senderId)))];
}

function writeDecision(tx: Transaction, { accepted, moved }: Decision): void {
  for (const message of accepted) insertMessage(tx, message);
  for (const [id, { untold: _, ...head }] of moved) tx.write(rowOf.head(id), head);
  for (const message of accepted) {
    const row = rowOf.member(message.conversationId, message.senderId);
    const member = tx.get<MemberRow>(row);
    if (member !== undefined) tx.write(row, { ...member, readSeq: message.seq, readCountable: message.countableSeq });
  }
  const doorbell = doorbellOf(changesOf(accepted));
  if (doorbell !== null) tx.ring(doorbell);
}

/** Locked rows are skipped when nobody is to be waited for. */
function readHeads(tx: Transaction, ids: readonly string[], locks: 'wait' | 'skip'): Facts['heads'] {
  const heads = new Map<string, Counters>();
  for (const id of ids) {
    const row = rowOf.head(id);
    if (locks === 'skip') {
      if (tx.database.isLockedFor(row, tx)) continue;
      tx.database.lock(
        row,
        tx,
        () => {},
        () => {},
      );
    }
    const head = tx.get<HeadRow>(row);
    // No verb of the model changes anything untold.
    if (head !== undefined) heads.set(id, { ...head, untold: 0 });
  }
  return heads;
}

function readFacts(tx: Transaction, sends: readonly Send[]): Omit<Facts, 'heads'> {
  const members = new Map<string, boolean>();
  const sent = new Map<string, MessageView>();
  const replies = new Map<string, ReplyView>();
  const groups = new Map<string, GroupStanding>();
  for (const { senderId, input } of sends) {
    const { conversationId, clientMessageId, replyTo } = input;
    const member = tx.get<MemberRow>(rowOf.member(conversationId, senderId));
    if (member === undefined) continue;
    members.set(memberKey(conversationId, senderId), member.leftAt === null);
    const standing = standingOf(tx, member);
    if (standing !== undefined) groups.set(memberKey(conversationId, senderId), standing);
    const seq = tx.get<number>(rowOf.origin(conversationId, senderId, clientMessageId));
    const message = seq === undefined ? undefined : tx.get<MessageView>(rowOf.message(conversationId, seq));
    if (message !== undefined)
      sent.set(sendKey(conversationId, senderId, clientMessageId), messageAsOf(tx, message, leftChange(member)));
    const [quoted] = replyTo === undefined ? [] : visibleMessages(tx, member, replyTo, replyTo);
    if (quoted !== undefined) replies.set(replyKey(conversationId, senderId, quoted.seq), quoteAsOf(tx, quoted, null));
  }
  // Nothing disappears here, nobody blocks another, and no group is dismissed.
  const never = { lifetimes: new Map(), peers: new Map(), readers: new Set<string>(), dismissed: new Set<string>() };
  return { members, groups, sent, replies, ...never };
}

/** How a member stands in a group; undefined where it is none. Its rules are those that a group has by itself. */
export function standingOf(rows: Rows, { conversationId, role, mutedUntil }: MemberRow): GroupStanding | undefined {
  if (rows.get(rowOf.group(conversationId)) === undefined) return undefined;
  return { role, mutedUntil, mutedAll: false, mentionAllBy: defaultGroupRules.mentionAllBy, dismissed: false };
}

export function insertMessage(tx: Transaction, message: MessageView): void {
  const { conversationId, seq, senderId, clientMessageId } = message;
  tx.insert(rowOf.message(conversationId, seq), message, [`messages of ${conversationId}`]);
  tx.insert(rowOf.origin(conversationId, senderId, clientMessageId), seq);
}

function changesOf(accepted: readonly MessageView[]): BusMessage[] {
  const told = new Map<string, BusMessage & { kind: 'conversation' }>();
  for (const message of accepted) {
    const { conversationId, change } = message;
    const entry = told.get(conversationId) ?? { kind: 'conversation', conversationId, from: change, to: change, events: [] };
    told.set(conversationId, entry);
    entry.to = change;
    entry.events.push({ type: 'message.sent', conversationId, change, message });
  }
  return [...told.values()];
}
