import type { ConversationView, MessageView, MyUserView } from '@nexo/shared';

/**
 * All that a client knows, as one value that is never changed: a new one shares with the old everything that is the same, so
 * `===` tells what moved.
 */
export interface ClientState {
  /** Null before the first snapshot. */
  epoch: string | null;
  /** The last private change that was applied. */
  userChange: number;
  /** Whose state it is; known before anything of theirs is. */
  myId: string | null;
  me: MyUserView | null;
  conversations: ReadonlyMap<string, ConversationState>;
}

export interface ConversationState {
  /** As the server confirmed it; `view.head.change` is the cursor. */
  view: ConversationView;
  /** What is loaded of its messages; null until somebody opens it. */
  window: MessageWindow | null;
  /** Read here but not confirmed yet: shown, not stored. */
  localRead: LocalRead | null;
}

export interface LocalRead {
  seq: number;
  /** Countable messages up to `seq`, as far as we can tell. */
  countable: number;
}

/** A stretch of messages without a hole that can be seen. */
export interface MessageWindow {
  /** By seq ascending. */
  rows: readonly MessageView[];
  hasBefore: boolean;
  /** True when it does not reach the newest message: then new ones are not appended. */
  hasAfter: boolean;
  /** The end at which the reader is; the other one is cut when the window grows too long. */
  reading: 'start' | 'end';
}

export const emptyState: ClientState = { epoch: null, userChange: 0, myId: null, me: null, conversations: new Map() };

/** The same state with one conversation replaced (or put in). */
export function withConversation(state: ClientState, conversation: ConversationState): ClientState {
  if (state.conversations.get(conversation.view.id) === conversation) return state;
  const conversations = new Map(state.conversations);
  conversations.set(conversation.view.id, conversation);
  return { ...state, conversations };
}

/** The same state without a conversation. */
export function withoutConversation(state: ClientState, conversationId: string): ClientState {
  if (!state.conversations.has(conversationId)) return state;
  const conversations = new Map(state.conversations);
  conversations.delete(conversationId);
  return { ...state, conversations };
}
