import type { ConversationView, MeEvent } from '@nexo/shared';
import { withoutMentions } from './mentions.ts';
import { mergeMembership } from './reads.ts';
import { type ClientState, type ConversationState, withConversation } from './state.ts';

/** `me.removed`: the person removed messages from their own view, here or on another device. */
export function applyRemoved(state: ClientState, event: Extract<MeEvent, { type: 'me.removed' }>): ClientState {
  const conversation = state.conversations.get(event.conversationId);
  if (conversation === undefined) return state;
  const { view } = conversation;
  const me = mergeMembership(view.me, event.me, view.countable);
  const isLast = view.lastMessage !== undefined && event.seqs.includes(view.lastMessage.seq);
  // What was said last may not have come here yet: whatever brings it may have been read before, and have what is removed in its place.
  const isAhead = (event.lastMessage?.seq ?? 0) > (view.lastMessage?.seq ?? 0);
  const shown: ConversationView = isLast || isAhead ? withLast({ ...view, me }, event) : { ...view, me };
  return withConversation(state, forget({ ...conversation, view: shown }, event.seqs));
}

/** The same, learnt after having been away: what is the last message now comes with the view, apart. */
export function withoutMessages(state: ClientState, conversationId: string, seqs: readonly number[]): ClientState {
  const conversation = state.conversations.get(conversationId);
  return conversation === undefined ? state : withConversation(state, forget(conversation, seqs));
}

/** The view with this as its last message, or with none. */
export function withLast(
  view: ConversationView,
  { lastMessage, activeAt }: Pick<ConversationView, 'lastMessage' | 'activeAt'>,
): ConversationView {
  const { lastMessage: _gone, ...rest } = view;
  return { ...rest, ...(lastMessage === undefined ? {} : { lastMessage }), activeAt };
}

/** Remembered for as long as this client lives: an answer that was read before must not bring them back. */
function forget(conversation: ConversationState, seqs: readonly number[]): ConversationState {
  const { view, removed = [] } = conversation;
  return {
    ...conversation,
    view: { ...view, me: withoutMentions(view.me, seqs) },
    removed: new Set([...removed, ...seqs]),
  };
}
