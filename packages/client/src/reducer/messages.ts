import type { ConversationView, MessageView } from '@nexo/shared';
import { withUnread } from './reads.ts';
import type { ConversationState } from './state.ts';
import { receiveRows } from './windows.ts';

/** `message.sent`: the head moves, and with it the read position of the sender, as it did in the server's transaction. */
export function applyMessageSent(
  conversation: ConversationState,
  event: { change: number; message: MessageView },
  myId: string | null,
): ConversationState {
  const { view } = conversation;
  const { message, change } = event;
  const countable = Math.max(view.countable, message.countableSeq);
  let { me } = view;
  if (message.senderId === myId && message.content.type !== 'notice' && message.seq > me.readSeq) {
    me = { ...me, readSeq: message.seq, readCountable: message.countableSeq };
  }
  const isPeers = view.kind === 'direct' && message.senderId !== myId;
  return {
    ...conversation,
    view: {
      ...withNewestMessage(view, [message]),
      ...(isPeers ? { peerReadSeq: Math.max(view.peerReadSeq ?? 0, message.seq) } : {}),
      head: { seq: Math.max(view.head.seq, message.seq), change },
      countable,
      me: withUnread(me, countable),
    },
    window: conversation.window === null ? null : receiveRows(conversation.window, [message]),
  };
}

/** The view with the newest of these as its last message, if that is newer than the one it has (or a newer version of it). */
export function withNewestMessage(view: ConversationView, messages: readonly MessageView[]): ConversationView {
  let last = view.lastMessage;
  for (const message of messages) {
    const isNewer = last === undefined || message.seq > last.seq || (message.seq === last.seq && message.change > last.change);
    if (isNewer) last = message;
  }
  if (last === undefined || last === view.lastMessage) return view;
  return { ...view, lastMessage: last, activeAt: last.sentAt };
}
