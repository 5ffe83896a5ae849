import type { ConversationRead, ConversationView, MyMembership } from '@nexo/shared';
import { type ClientState, type ConversationState, type LocalRead, withConversation } from './state.ts';

/** Unread is computed, never counted up or down: what is countable, less what of it was read. */
export function withUnread(me: MyMembership, countable: number): MyMembership {
  const unread = Math.max(0, countable - me.readCountable);
  return me.unread === unread ? me : { ...me, unread };
}

/**
 * The own side of a conversation from the server. It is the newer one that counts, but a read position never goes back: the
 * private stream may tell of an older one after a message of one's own has moved it. The role stays: it is numbered by the
 * conversation, so who knows at which of its changes this was read says whether it holds.
 */
export function mergeMembership(known: MyMembership, told: MyMembership, countable: number): MyMembership {
  const base = told.userChange >= known.userChange ? told : known;
  const readSeq = Math.max(known.readSeq, told.readSeq);
  const readCountable = Math.max(known.readCountable, told.readCountable);
  return withUnread({ ...base, role: known.role, readSeq, readCountable }, countable);
}

/** A newer picture of a conversation in the place of the known one; read positions, which have no number in it, never go back. */
export function mergeView(known: ConversationView, told: ConversationView): ConversationView {
  const me = { ...mergeMembership(known.me, told.me, told.countable), role: told.me.role };
  const view = { ...told, me };
  const peerReadSeq = Math.max(known.peerReadSeq ?? 0, told.peerReadSeq ?? 0);
  return told.peerReadSeq === undefined ? view : { ...view, peerReadSeq };
}

/** What views show: the confirmed conversation, with what was read here already counted as read. */
export function shownView({ view, localRead }: ConversationState): ConversationView {
  if (localRead === null || localRead.seq <= view.me.readSeq) return view;
  const readCountable = Math.max(view.me.readCountable, localRead.countable);
  return { ...view, me: withUnread({ ...view.me, readSeq: localRead.seq, readCountable }, view.countable) };
}

/** Reads up to `seq` here, before the server knows. Never back, never beyond the head. */
export function readLocally(state: ClientState, conversationId: string, seq: number): ClientState {
  const conversation = state.conversations.get(conversationId);
  if (conversation === undefined) return state;
  const upTo = Math.min(seq, conversation.view.head.seq);
  const known = Math.max(conversation.view.me.readSeq, conversation.localRead?.seq ?? 0);
  if (upTo <= known) return state;
  const localRead: LocalRead = { seq: upTo, countable: countableUpTo(conversation, upTo) };
  return withConversation(state, { ...conversation, localRead, window: readTo(conversation, upTo) });
}

/** Who reads the newest message is at the end, wherever the window began. */
function readTo({ window, view }: ConversationState, seq: number): ConversationState['window'] {
  if (window === null || window.hasAfter || window.reading === 'end' || seq < view.head.seq) return window;
  return { ...window, reading: 'end' };
}

/** Forgets what was read here only: it is confirmed, or refused. */
export function forgetLocalRead(state: ClientState, conversationId: string): ClientState {
  const conversation = state.conversations.get(conversationId);
  if (conversation === undefined || conversation.localRead === null) return state;
  return withConversation(state, { ...conversation, localRead: null });
}

/** The other side of a direct conversation has read further. */
export function applyConversationRead(state: ClientState, event: ConversationRead): ClientState {
  const conversation = state.conversations.get(event.conversationId);
  if (conversation === undefined || conversation.view.kind !== 'direct' || event.userId === state.myId) return state;
  const { view } = conversation;
  if ((view.peerReadSeq ?? 0) >= event.readSeq) return state;
  return withConversation(state, { ...conversation, view: { ...view, peerReadSeq: event.readSeq } });
}

/** Exact where the message is loaded; else the nearest loaded one before it gives the least it can be. */
function countableUpTo({ view, window, localRead }: ConversationState, seq: number): number {
  if (seq >= view.head.seq) return view.countable;
  let least = Math.max(view.me.readCountable, localRead?.countable ?? 0);
  for (const row of window?.rows ?? []) {
    if (row.seq > seq) break;
    least = Math.max(least, row.countableSeq);
  }
  return least;
}
