import type { ConversationView, MeEvent, MyMembership, MyUserView } from '@nexo/shared';
import { applyContactEvent } from './contacts.ts';
import { seenFromOutside } from './groups.ts';
import { mergeMembership, mergeView } from './reads.ts';
import { applyRemoved } from './removed.ts';
import { type ClientState, type ConversationState, withConversation, withJump } from './state.ts';
import { isUsable } from './tolerance.ts';
import { cutToVisible } from './visible.ts';

/** A private event; the caller has checked that it is the next one. */
export function applyMeEvent(state: ClientState, event: MeEvent): ClientState {
  const counted: ClientState = { ...state, userChange: event.userChange };
  switch (event.type) {
    case 'me.joined':
      return withJoined(counted, event.conversation);
    case 'me.updated':
      return withMembership(counted, event.conversationId, event.me);
    case 'me.profile':
      return withProfile(counted, event.user);
    case 'me.removed':
      return applyRemoved(counted, event);
    case 'me.contact':
    case 'me.contactRequest':
    case 'me.block':
      return applyContactEvent(counted, event);
    default:
      // `me.sessions` and `me.groupRequests` change nothing that is kept here; of a kind from a newer server there is nothing to keep.
      return counted;
  }
}

/** A conversation as a whole: joined, joined again, or made known by a repair. An older picture than ours is not taken. */
export function withJoined(state: ClientState, view: ConversationView): ClientState {
  if (!isUsable(view)) return state;
  const known = state.conversations.get(view.id);
  if (known === undefined) return withConversation(state, { view, window: null, localRead: null });
  if (view.head.change < known.view.head.change) return withMembership(state, view.id, view.me);
  const wasAway = known.view.me.leftAt !== undefined && view.me.leftAt === undefined;
  // What was said between leaving and joining again is not for us: loaded rows and new ones do not touch.
  const window = wasAway ? null : gapped(known, view);
  const next = view.head.change === known.view.head.change ? state : withJump(state, view.id);
  const amended = next === state ? {} : { amended: view.head.change };
  return withConversation(next, cutToVisible({ ...known, ...amended, view: mergeView(known.view, view), window }));
}

/** The own side of one conversation. */
export function withMembership(state: ClientState, conversationId: string, told: MyMembership): ClientState {
  const conversation = state.conversations.get(conversationId);
  if (conversation === undefined) return state;
  const me = mergeMembership(conversation.view.me, told, conversation.view.countable);
  const view = seenFromOutside({ ...conversation.view, me });
  return withConversation(state, cutToVisible({ ...conversation, view }));
}

/** The own profile. */
export function withProfile(state: ClientState, user: MyUserView): ClientState {
  return { ...state, me: user };
}

/** Somebody who reads at the end gets the newest page anew; who reads further up keeps the place, with a known gap below. */
function gapped(known: ConversationState, view: ConversationView): ConversationState['window'] {
  const { window } = known;
  if (window === null || window.hasAfter || view.head.seq <= known.view.head.seq) return window;
  return window.reading === 'end' ? null : { ...window, hasAfter: true };
}
