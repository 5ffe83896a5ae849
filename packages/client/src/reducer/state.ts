import type { ConversationView, MessageView, MyUserView } from '@nexo/shared';
import { type ContactsState, noContacts } from './contacts.ts';

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
  /**
   * How often the cursor of a conversation went on without a diff while this client ran: older messages may have been edited or revoked
   * in between, so what is loaded is to be asked for again, and what is stored is void.
   */
  jumps?: ReadonlyMap<string, number>;
  contacts: ContactsState;
}

export interface ConversationState {
  /** As the server confirmed it; `view.head.change` is the cursor. */
  view: ConversationView;
  /** What is loaded of its messages; null until somebody opens it. */
  window: MessageWindow | null;
  /** Read here but not confirmed yet: shown, not stored. */
  localRead: LocalRead | null;
  /** Messages that the person removed while this client ran, by seq; absent: none. */
  removed?: ReadonlySet<number>;
  /**
   * The last change, while this client ran, by which something may have become of a message that was there before, loaded or not: a page
   * that was read before it may say what is no more. Absent: none.
   */
  amended?: number;
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
  /**
   * The newest page was loaded when this was the head: up to it nothing is missing after the last row, though the newest may be ones that
   * the reader has removed. Meaningless while there is something after.
   */
  upTo?: number;
  /** The end at which the reader is; the other one is cut when the window grows too long. */
  reading: 'start' | 'end';
}

export const emptyState: ClientState = {
  ...{ epoch: null, userChange: 0, myId: null, me: null },
  ...{ conversations: new Map(), contacts: noContacts },
};

/** The same state with one conversation replaced (or put in). */
export function withConversation(state: ClientState, conversation: ConversationState): ClientState {
  if (state.conversations.get(conversation.view.id) === conversation) return state;
  const conversations = new Map(state.conversations);
  conversations.set(conversation.view.id, withoutRemovedRows(conversation));
  return { ...state, conversations };
}

/** Whatever brought them: rows of what the person removed are not kept. */
function withoutRemovedRows(conversation: ConversationState): ConversationState {
  const { removed, window } = conversation;
  if (removed === undefined || window === null || !window.rows.some(({ seq }) => removed.has(seq))) return conversation;
  return { ...conversation, window: { ...window, rows: window.rows.filter(({ seq }) => !removed.has(seq)) } };
}

/** Notes that the cursor of a conversation went on without a diff. */
export function withJump(state: ClientState, conversationId: string): ClientState {
  const jumps = new Map(state.jumps);
  jumps.set(conversationId, (jumps.get(conversationId) ?? 0) + 1);
  return { ...state, jumps };
}

/** The same state without a conversation. */
export function withoutConversation(state: ClientState, conversationId: string): ClientState {
  if (!state.conversations.has(conversationId)) return state;
  const conversations = new Map(state.conversations);
  conversations.delete(conversationId);
  return { ...state, conversations };
}
