import { type ConversationEvent, type ConversationView, type MyMembership, withReadableQuote } from '@nexo/shared';
import { eachVersion } from './disappearing.ts';
import { withPins } from './message-life.ts';
import { withUnread } from './reads.ts';
import type { ConversationState } from './state.ts';

/** The first seq that may still be read; what lies below was cleared, or came before one joined. */
export function firstVisible({ visible }: Pick<MyMembership, 'visible'>): number {
  return visible[0]?.from ?? Number.POSITIVE_INFINITY;
}

/**
 * The conversation without messages from before what may be read: cleared on another device, they go here too, also those whose
 * event comes only now, and what is left quotes them without words. An empty conversation keeps the place in the list that its last message had.
 */
export function cutToVisible(conversation: ConversationState): ConversationState {
  const { view, window } = conversation;
  const first = firstVisible(view.me);
  let next: ConversationState = { ...conversation, view: withoutCleared(view, first) };
  if (next.view === view) next = conversation;
  if (window?.rows.some((row) => row.seq < first) === true) {
    next = { ...next, window: { ...window, rows: window.rows.filter((row) => row.seq >= first), hasBefore: false } };
  }
  return eachVersion(next, (message) => withReadableQuote(message, view.me.visible));
}

function withoutCleared(view: ConversationView, first: number): ConversationView {
  let next = view;
  if (view.pins?.some(({ seq }) => seq < first) === true) {
    next = withPins(
      view,
      view.pins.filter(({ seq }) => seq >= first),
    );
  }
  if (next.lastMessage !== undefined && next.lastMessage.seq >= first) return next;
  const { lastMessage, ...rest } = next;
  const activeAt = Math.max(view.me.joinedAt, view.me.clearedAt ?? view.me.joinedAt);
  return lastMessage === undefined && activeAt === view.activeAt ? next : { ...rest, activeAt };
}

type Withheld = Extract<ConversationEvent, { type: 'message.withheld' }>;

/**
 * `message.withheld`: something became of a message that may not be read. One that was cleared before it was told of has its place all
 * the same.
 */
export function withWithheld(view: ConversationView, { seq = 0, countableSeq = 0 }: Withheld): ConversationView {
  const { head, me } = view;
  if (seq <= head.seq) return view;
  const countable = Math.max(view.countable, countableSeq);
  return { ...view, head: { ...head, seq }, countable, me: withUnread(me, countable) };
}
