import type { ConversationView, MessageView } from '@nexo/shared';
import { isGone, withGone, withoutLostQuotes } from './disappearing.ts';
import { withMention } from './mentions.ts';
import { withoutPin, withVersion } from './message-life.ts';
import { withMentionsOf, withoutOldMark, withUnread } from './reads.ts';
import type { ConversationState } from './state.ts';
import { cutToVisible } from './visible.ts';
import { newerRow, receiveRows } from './windows.ts';

/**
 * `message.expired`: what is left of a message takes its place, also of one that was not known; it counts no longer, is pinned no more,
 * and quotes of it lose their words.
 */
export function applyMessageExpired(
  conversation: ConversationState,
  event: { change: number; message: MessageView },
  myId: string | null,
): ConversationState {
  const { seq } = event.message;
  const next = withoutLostQuotes(applyMessageSent(conversation, event, myId), event.message);
  return next.view.pins === undefined ? next : { ...next, view: withoutPin(next.view, seq) };
}

/** `message.sent`: the head moves, and with it the read position of the sender, as it did in the server's transaction. */
export function applyMessageSent(
  conversation: ConversationState,
  event: { change: number; message: MessageView },
  myId: string | null,
): ConversationState {
  const { view } = conversation;
  const { message, change } = event;
  // A node that had missed something tells of an older message as it is now.
  if (message.seq <= view.head.seq) {
    const known = withVersion(conversation, message, myId);
    return { ...known, view: { ...known.view, head: { ...view.head, change } } };
  }
  const countable = Math.max(view.countable, message.countableSeq);
  let { me } = view;
  if (message.senderId === myId && message.content.type !== 'notice' && message.seq > me.readSeq) {
    me = withoutOldMark({ ...me, readSeq: message.seq, readCountable: message.countableSeq });
  }
  if (isGone(message)) me = withGone(me, message);
  else if (conversation.removed?.has(message.seq) !== true) me = withMention(me, message, myId);
  const isPeers = view.peerReadSeq !== undefined && message.senderId !== myId;
  return cutToVisible({
    ...conversation,
    view: {
      // Removed on another device before it came here: it counts, and is not shown.
      ...(conversation.removed?.has(message.seq) === true ? view : withNewestMessage(view, [message])),
      ...(isPeers ? { peerReadSeq: Math.max(view.peerReadSeq ?? 0, message.seq) } : {}),
      head: { seq: Math.max(view.head.seq, message.seq), change },
      countable,
      me: withUnread(withMentionsOf(me, me), countable),
    },
    window: conversation.window === null ? null : receiveRows(conversation.window, [message], conversation.removed),
  });
}

/** The view with the newest of these as its last message, if that is newer than the one it has (or a newer version of it). */
export function withNewestMessage(view: ConversationView, messages: readonly MessageView[]): ConversationView {
  let last = view.lastMessage;
  for (const message of messages) {
    if (last === undefined || message.seq > last.seq) last = message;
    else if (message.seq === last.seq) last = newerRow(last, message);
  }
  if (last === undefined || last === view.lastMessage) return view;
  return { ...view, lastMessage: last, activeAt: last.sentAt };
}
