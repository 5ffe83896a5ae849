import type { ConversationRepair, ConversationView, MessageView, ResumeResult, SnapshotResult } from '@nexo/shared';
import { noContacts, withContactsDiff } from './contacts.ts';
import { withDisappearing, withoutLostQuotes } from './disappearing.ts';
import { seenFromOutside, withGroup } from './groups.ts';
import { withJoined, withMembership, withProfile } from './me.ts';
import { withPins, withVersion } from './message-life.ts';
import { withNewestMessage } from './messages.ts';
import { mergeMembership, mergeView, withMentionsOf } from './reads.ts';
import { withLast, withoutMessages } from './removed.ts';
import {
  type ClientState,
  type ConversationState,
  type MessageWindow,
  withConversation,
  withJump,
  withoutConversation,
} from './state.ts';
import { isUsable, tolerantly } from './tolerance.ts';
import { cutToVisible } from './visible.ts';
import { mergeRows, receiveRows, touches } from './windows.ts';

/**
 * What the server answered about one conversation; pure. `asked` is the cursor that was sent: a server that is behind even
 * that has lost history (within the same epoch), and then what it says holds.
 */
export function applyRepair(state: ClientState, repair: ConversationRepair, asked: number): ClientState {
  if (repair.kind === 'gone') return withoutConversation(state, repair.conversationId);
  if (repair.kind === 'changes') {
    const conversation = state.conversations.get(repair.conversationId);
    return conversation === undefined ? state : withConversation(state, withChanges(conversation, repair, state.myId));
  }
  // Of a kind that only a newer client knows: the conversation stays as it is.
  if (repair.kind !== 'reset') return state;
  const { conversation: view, messages } = repair;
  if (!isUsable(view)) return state;
  const known = state.conversations.get(view.id);
  const isForced = view.head.change < asked;
  if (known === undefined || isForced) {
    return withConversation(known === undefined ? state : withJump(state, view.id), {
      view,
      window: known?.window == null ? null : latest(view, messages),
      localRead: null,
    });
  }
  if (view.head.change < known.view.head.change) return withOvertaken(state, view);
  const merged = {
    ...known,
    view: withoutRemovedLast(known, mergeView(known.view, view)),
    window: afterReset(known, view, messages),
  };
  const next = view.head.change === known.view.head.change ? state : withJump(state, view.id);
  return withConversation(next, cutToVisible(merged));
}

/** One part of a resume. The person's own cursor moves when all parts are in: see {@link withUserChange}. */
export function applyResume(
  state: ClientState,
  result: Extract<ResumeResult, { kind: 'resumed' }>,
  asked: ReadonlyMap<string, number>,
): ClientState {
  let next = state;
  if (result.me !== undefined) next = withProfile(next, result.me);
  for (const { conversationId, seqs } of result.removed ?? []) {
    next = tolerantly(next, (now) => withoutMessages(now, conversationId, seqs));
  }
  const { contacts } = result;
  if (contacts !== undefined) {
    next = tolerantly(next, (now) => ({ ...now, contacts: withContactsDiff(now.contacts, contacts) }));
  }
  for (const repair of result.repairs) {
    next = tolerantly(next, (now) => {
      const id = repair.kind === 'reset' ? repair.conversation.id : repair.conversationId;
      return applyRepair(now, repair, asked.get(id) ?? 0);
    });
  }
  for (const view of result.added) next = tolerantly(next, (now) => withJoined(now, view));
  for (const { conversationId, me } of result.memberships) {
    next = tolerantly(next, (now) => withMembership(now, conversationId, me));
  }
  return next;
}

/** One page of a snapshot; the first fixes epoch, person and private cursor. */
export function applySnapshot(state: ClientState, page: SnapshotResult, isFirst: boolean): ClientState {
  let next: ClientState = isFirst
    ? { ...state, epoch: page.epoch, userChange: page.userChange, myId: page.me.id, me: page.me }
    : state;
  const { contacts } = page;
  if (isFirst && contacts !== undefined) {
    next = tolerantly(next, (now) => ({ ...now, contacts: withContactsDiff(noContacts, contacts) }));
  }
  for (const view of page.items) next = tolerantly(next, (now) => withJoined(now, view));
  return next;
}

/** Moves the person's own cursor, never back. */
export function withUserChange(state: ClientState, userChange: number): ClientState {
  return userChange <= state.userChange ? state : { ...state, userChange };
}

function withChanges(
  conversation: ConversationState,
  repair: Extract<ConversationRepair, { kind: 'changes' }>,
  myId: string | null,
): ConversationState {
  const messages = bySeq(repair.messages).filter(({ seq }) => conversation.removed?.has(seq) !== true);
  // What quotes a changed message has not changed itself. What was there before is remembered: it may be stored in the old words.
  const known = messages.reduce((before, message) => withVersion(before, message, myId), conversation);
  const { view } = known;
  const isBehind = repair.head.change < view.head.change;
  const countable = Math.max(view.countable, repair.countable);
  let next = withNewestMessage(view, messages);
  // Live events may have overtaken the answer: then its rows still count, each by its own number, but not its profile.
  if (repair.group !== undefined && !isBehind) next = withGroup(next, repair.group);
  if (repair.pins !== undefined && !isBehind) next = withPins(next, repair.pins);
  if (repair.disappearing !== undefined && !isBehind) next = withDisappearing(next, repair.disappearing);
  const peerReadSeq = Math.max(view.peerReadSeq ?? 0, repair.peerReadSeq ?? 0);
  if (view.kind === 'direct' && peerReadSeq !== (view.peerReadSeq ?? 0)) next = { ...next, peerReadSeq };
  const me = withMentionsOf(mergeMembership(view.me, repair.me, countable), isBehind ? conversation.view.me : repair.me);
  // What was cleared goes first: it leaves no hole before what is new.
  const loaded = cutToVisible({ ...known, view: { ...view, me } }).window;
  const changed = withoutLostQuotes({
    ...known,
    view: seenFromOutside({ ...next, head: isBehind ? view.head : repair.head, countable, me }),
    window: loaded === null ? null : receiveRows(loaded, messages, conversation.removed),
  });
  return cutToVisible(changed);
}

/**
 * The stream was faster than the answer: what is new in it is the own side, which has numbers of its own, and what is the last message
 * where ours was removed.
 */
function withOvertaken(state: ClientState, view: ConversationView): ClientState {
  const next = withMembership(state, view.id, view.me);
  const conversation = next.conversations.get(view.id);
  const isGone = (message: MessageView | undefined) => message !== undefined && conversation?.removed?.has(message.seq) === true;
  if (conversation === undefined || !isGone(conversation.view.lastMessage) || isGone(view.lastMessage)) return next;
  return withConversation(next, { ...conversation, view: withLast(conversation.view, view) });
}

/** An answer that was read before the last message was removed here still has it. */
function withoutRemovedLast({ view: known, removed }: ConversationState, view: ConversationView): ConversationView {
  if (view.lastMessage === undefined || removed?.has(view.lastMessage.seq) !== true) return view;
  const { lastMessage: _gone, ...rest } = view;
  const isFreer = known.lastMessage !== undefined && !removed.has(known.lastMessage.seq);
  return isFreer ? { ...rest, lastMessage: known.lastMessage, activeAt: known.activeAt } : rest;
}

function afterReset(
  { window, view: known }: ConversationState,
  view: ConversationView,
  messages: readonly MessageView[],
): MessageWindow | null {
  if (window === null) return null;
  const rows = bySeq(messages);
  if (view.head.seq <= known.head.seq) return { ...window, rows: mergeKnown(window.rows, rows) };
  // An answer that would have been too large leaves the messages out: they are loaded when somebody looks.
  if (rows.length === 0 && !window.hasAfter) return window.reading === 'end' ? null : { ...window, hasAfter: true };
  if (!window.hasAfter && touches(window.rows, rows)) {
    return { ...window, rows: mergeRows(window.rows, rows), upTo: view.head.seq };
  }
  // Nobody is torn away from what they read: the place stays, and what lies between is a known gap.
  if (window.reading === 'start' || window.hasAfter) return { ...window, rows: mergeKnown(window.rows, rows), hasAfter: true };
  return latest(view, rows);
}

function latest({ me, head }: ConversationView, messages: readonly MessageView[]): MessageWindow {
  const rows = bySeq(messages);
  const firstVisible = me.visible[0]?.from ?? 1;
  const first = rows[0]?.seq;
  return { rows, hasBefore: first !== undefined && first > firstVisible, hasAfter: false, upTo: head.seq, reading: 'end' };
}

function mergeKnown(rows: readonly MessageView[], newer: readonly MessageView[]): readonly MessageView[] {
  const seqs = new Set(rows.map((row) => row.seq));
  return mergeRows(
    rows,
    newer.filter((row) => seqs.has(row.seq)),
  );
}

function bySeq(messages: readonly MessageView[]): MessageView[] {
  return [...messages].sort((a, b) => a.seq - b.seq);
}
