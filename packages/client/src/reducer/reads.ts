import {
  type ConversationRead,
  type ConversationView,
  isMarkedUnread,
  joinSpans,
  type MyMembership,
  sizeBetween,
  spansAbove,
} from '@nexo/shared';
import { standingIn } from './groups.ts';
import { type ClientState, type ConversationState, type LocalRead, withConversation } from './state.ts';

/** Unread is computed, never counted up or down: what is countable, less what of it was read, less what is gone. */
export function withUnread(me: MyMembership, countable: number): MyMembership {
  const { gone: known, ...rest } = me;
  const gone = spansAbove(known, me.readCountable);
  // Something may be told to be gone before it is known here at all.
  const unread = Math.max(0, countable - me.readCountable - sizeBetween(gone, me.readCountable, countable));
  return { ...rest, unread, ...(gone.length === 0 ? {} : { gone }) };
}

/** Without a mark of unread that the read position has left behind. */
export function withoutOldMark(me: MyMembership): MyMembership {
  if (me.markedUnread === undefined || isMarkedUnread(me)) return me;
  const { markedUnread: _over, ...rest } = me;
  return rest;
}

/**
 * The own side of a conversation from the server. It is the newer one that counts, but a read position never goes back: the
 * private stream may tell of an older one after a message of one's own has moved it. What others see of it (role, nickname, muting)
 * is numbered by the conversation, and has its own newer one. What is gone stays gone, whoever says it. The mentions stay those that are
 * known ({@link withMentionsOf}): who knows at which change of the head the others were read says whether they hold.
 */
export function mergeMembership(known: MyMembership, told: MyMembership, countable: number): MyMembership {
  const base = told.userChange >= known.userChange ? told : known;
  const readSeq = Math.max(known.readSeq, told.readSeq);
  const readCountable = Math.max(known.readCountable, told.readCountable);
  // One that was stored before it was numbered is older than any.
  const standing = (told.change ?? 0) >= (known.change ?? 0) ? told : known;
  const gone = joinSpans(known.gone, told.gone);
  const me = standingIn({ ...base, gone, readSeq, readCountable }, standing);
  return withoutOldMark(withUnread(withMentionsOf(me, known), countable));
}

/** The own side with the unread mentions of another picture of it. They are numbered by the head's change. */
export function withMentionsOf(me: MyMembership, from: MyMembership): MyMembership {
  const { mentions: _mentions, ...rest } = me;
  const mentions = from.mentions?.filter((seq) => seq > me.readSeq) ?? [];
  return mentions.length === 0 ? rest : { ...rest, mentions };
}

/** A newer picture of a conversation in the place of the known one; read positions, which have no number in it, never go back. */
export function mergeView(known: ConversationView, told: ConversationView): ConversationView {
  const me = withMentionsOf(mergeMembership(known.me, told.me, told.countable), told.me);
  const view = { ...told, me };
  const peerReadSeq = Math.max(known.peerReadSeq ?? 0, told.peerReadSeq ?? 0);
  return told.peerReadSeq === undefined ? view : { ...view, peerReadSeq };
}

/** What views show: the confirmed conversation, with what was read here already counted as read. */
export function shownView({ view, localRead }: ConversationState): ConversationView {
  if (localRead === null || localRead.seq <= view.me.readSeq) return view;
  const readCountable = Math.max(view.me.readCountable, localRead.countable);
  const me = { ...view.me, readSeq: localRead.seq, readCountable };
  return { ...view, me: withoutOldMark(withUnread(withMentionsOf(me, me), view.countable)) };
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
  // Absent: it is not to be seen.
  if (view.peerReadSeq === undefined || view.peerReadSeq >= event.readSeq) return state;
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
