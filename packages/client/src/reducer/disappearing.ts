import { type ConversationView, type Disappearing, joinSpans, type MessageView, type MyMembership } from '@nexo/shared';
import { withoutMentions } from './mentions.ts';
import type { ConversationState } from './state.ts';

/** `conversation.updated`: how messages disappear that are sent from now on. */
export function withDisappearing(view: ConversationView, disappearing: Disappearing): ConversationView {
  const { disappearing: _before, ...rest } = view;
  return Object.keys(disappearing).length === 0 ? rest : { ...rest, disappearing };
}

/**
 * A message from the store as it may be shown now: not, once its time is over. Whatever the server says of it counts more, so it has
 * no number.
 */
export function concealed(message: MessageView, nowMs: number): MessageView {
  if (message.expiresAt === undefined || message.expiresAt > nowMs || message.content.type === 'expired') return message;
  const { replyTo: _quote, forwardedFromId: _first, editedAt: _edited, reactions: _reactions, ...rest } = message;
  return { ...rest, content: { type: 'expired' }, change: 0 };
}

/** Whether nothing is left of a message but its place: it has disappeared, or was revoked. */
export function isGone({ content }: Pick<MessageView, 'content'>): boolean {
  return content.type === 'expired' || content.type === 'revoked';
}

/**
 * The own side without a message that is gone: neither unread nor a mention. What went after one had left comes without the number of
 * that, as nothing is told of it any more: it counts as it did.
 */
export function withGone(me: MyMembership, { seq, countable, countableSeq, contentChange }: MessageView): MyMembership {
  const next = withoutMentions(me, [seq]);
  if (!countable || seq <= me.readSeq || contentChange === undefined) return next;
  return { ...next, gone: joinSpans(me.gone, [{ from: countableSeq, to: countableSeq }]) };
}

/** Takes the words out of quotes of what has disappeared: of this message, and of those that are loaded. */
export function withoutLostQuotes(conversation: ConversationState, expired?: MessageView): ConversationState {
  const loaded = conversation.window?.rows.filter((row) => row.content.type === 'expired') ?? [];
  const all = expired === undefined ? loaded : [...loaded, expired];
  const gone = new Map(all.map((message) => [message.seq, message]));
  if (gone.size === 0) return conversation;
  return eachVersion(conversation, (message) => {
    const { replyTo } = message;
    if (replyTo === undefined || replyTo.excerpt === '' || !gone.has(replyTo.seq)) return message;
    // By the change it is known from what merely may not be read, and from an answer that still has the words.
    const change = gone.get(replyTo.seq)?.contentChange ?? replyTo.change;
    return { ...message, replyTo: { ...replyTo, excerpt: '', ...(change === undefined ? {} : { change }) } };
  });
}

/** Wherever a message is kept of a conversation: among the loaded ones, and as the last of the list. */
export function eachVersion(conversation: ConversationState, change: (message: MessageView) => MessageView): ConversationState {
  const { view, window } = conversation;
  const lastMessage = view.lastMessage === undefined ? undefined : change(view.lastMessage);
  const rows = window?.rows.map(change) ?? [];
  const isSame = rows.every((row, i) => row === window?.rows[i]);
  if (isSame && lastMessage === view.lastMessage) return conversation;
  return {
    ...conversation,
    view: lastMessage === undefined || lastMessage === view.lastMessage ? view : { ...view, lastMessage },
    window: window === null || isSame ? window : { ...window, rows },
  };
}
