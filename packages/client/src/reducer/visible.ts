import type { MyMembership } from '@nexo/shared';
import type { ConversationState } from './state.ts';

/** The first seq that may still be read; what lies below was cleared, or came before one joined. */
export function firstVisible({ visible }: Pick<MyMembership, 'visible'>): number {
  return visible[0]?.from ?? Number.POSITIVE_INFINITY;
}

/**
 * The conversation without messages from before what may be read: cleared on another device, they go here too, also those whose
 * event comes only now. An empty conversation keeps the place in the list that its last message had.
 */
export function cutToVisible(conversation: ConversationState): ConversationState {
  const { view, window } = conversation;
  const first = firstVisible(view.me);
  let next = conversation;
  if (view.lastMessage !== undefined && view.lastMessage.seq < first) {
    const { lastMessage: _cleared, ...rest } = view;
    next = { ...next, view: { ...rest, activeAt: Math.max(view.me.joinedAt, view.me.clearedAt ?? 0) } };
  }
  if (window?.rows.some((row) => row.seq < first) === true) {
    next = { ...next, window: { ...window, rows: window.rows.filter((row) => row.seq >= first), hasBefore: false } };
  }
  return next;
}
