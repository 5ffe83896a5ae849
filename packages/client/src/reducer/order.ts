import type { ConversationEvent, MeEvent } from '@nexo/shared';
import type { ClientState } from './state.ts';

/** Where a numbered event stands to what a client has. */
export type Place =
  /** The very next change: apply it. */
  | 'next'
  /** Seen before: drop it. */
  | 'old'
  /** Something before it is missing: hold it. */
  | 'early'
  /** Of a conversation that is not known (yet): hold it. */
  | 'foreign';

/** The gap rule: compares an event's number with the cursor it belongs to. */
export function placeOf(state: ClientState, event: ConversationEvent | MeEvent): Place {
  if ('userChange' in event) return compare(event.userChange, state.userChange);
  const conversation = state.conversations.get(event.conversationId);
  return conversation === undefined ? 'foreign' : compare(event.change, conversation.view.head.change);
}

function compare(number: number, cursor: number): Place {
  if (number <= cursor) return 'old';
  return number === cursor + 1 ? 'next' : 'early';
}
