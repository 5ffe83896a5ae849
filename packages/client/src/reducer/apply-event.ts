import type { ConversationEvent, ConversationView, MeEvent, MemberView, StreamItem } from '@nexo/shared';
import { withDisappearing } from './disappearing.ts';
import { withGroup, withMemberCount, withStanding } from './groups.ts';
import { applyMeEvent } from './me.ts';
import { withoutPin, withPin, withVersion } from './message-life.ts';
import { applyMessageExpired, applyMessageSent } from './messages.ts';
import { placeOf } from './order.ts';
import { applyConversationRead } from './reads.ts';
import { type ClientState, type ConversationState, withConversation } from './state.ts';
import { isTold, withTold } from './versions.ts';
import { withWithheld } from './visible.ts';

/**
 * The one place where an event becomes state; pure. A numbered event is applied only when it is the very next one
 * (see `placeOf`); an old or an early one, a signal and a note about the stream leave the state as it is, the same object.
 */
export function applyEvent(state: ClientState, event: StreamItem): ClientState {
  if (isNumbered(event)) {
    if (placeOf(state, event) !== 'next') return state;
    return 'userChange' in event ? applyMeEvent(state, event) : applyConversationEvent(state, event);
  }
  return event.type === 'conversation.read' ? applyConversationRead(state, event) : state;
}

/** What remains to be learnt of an event that is old: how a message is worded since, which has numbers of its own. */
export function applyOvertaken(state: ClientState, event: ConversationEvent | MeEvent): ClientState {
  if (event.type !== 'message.edited' && event.type !== 'message.revoked' && event.type !== 'message.expired') return state;
  const conversation = state.conversations.get(event.conversationId);
  if (conversation === undefined || isTold(conversation, event.message)) return state;
  return withConversation(state, withTold(conversation, event.message));
}

/** Whether an item carries a number of a conversation's or a person's changes; also true of types that we do not know. */
export function isNumbered(item: StreamItem): item is ConversationEvent | MeEvent {
  if (item.type === 'positions') return false;
  if ('userChange' in item) return typeof item.userChange === 'number';
  return 'change' in item && typeof item.change === 'number' && 'conversationId' in item;
}

const knownConversationEvents: ReadonlySet<string> = new Set<ConversationEvent['type']>([
  'message.sent',
  'member.joined',
  'member.left',
  'member.updated',
  'group.updated',
  'group.dismissed',
  'members.changed',
  'message.edited',
  'message.revoked',
  'message.reacted',
  'message.pinned',
  'message.unpinned',
  'message.withheld',
  'message.expiring',
  'message.expired',
  'conversation.updated',
]);

/**
 * Whether we know what an event of a conversation does. Of one that we do not know, the server's state diff tells all that
 * we can show of it: ask `sync.changes` instead of applying.
 */
export function isKnown(event: ConversationEvent | MeEvent): boolean {
  return 'userChange' in event || knownConversationEvents.has(event.type);
}

function applyConversationEvent(state: ClientState, event: ConversationEvent): ClientState {
  const conversation = state.conversations.get(event.conversationId);
  if (conversation === undefined || !isKnown(event)) return state;
  return withConversation(state, changed(conversation, event, state.myId));
}

function changed(conversation: ConversationState, event: ConversationEvent, myId: string | null): ConversationState {
  if (event.type === 'message.sent') return applyMessageSent(conversation, event, myId);
  if (event.type === 'message.expired') return applyMessageExpired(conversation, event, myId);
  const view = { ...conversation.view, head: { ...conversation.view.head, change: event.change } };
  switch (event.type) {
    case 'member.joined': {
      const counted = withMemberCount(view, event.memberCount);
      return { ...conversation, view: event.member.userId === myId ? withMyself(counted, event) : counted };
    }
    case 'member.left': {
      const counted = withMemberCount(view, event.memberCount);
      // Who leaves gives every role back.
      const standing = { ...view.me, role: 'member', change: event.change } as const;
      return { ...conversation, view: event.userId === myId ? withDisappearing(withStanding(counted, standing), {}) : counted };
    }
    case 'group.updated':
    case 'group.dismissed':
      return { ...conversation, view: withGroup(view, event.group) };
    case 'member.updated':
      return { ...conversation, view: event.member.userId === myId ? withMyself(view, event) : view };
    case 'members.changed':
      return { ...conversation, view: event.memberCount === undefined ? view : withMemberCount(view, event.memberCount) };
    case 'message.edited':
    case 'message.revoked':
      return withVersion({ ...conversation, view }, event.message, myId);
    case 'message.reacted':
    case 'message.expiring':
      return withTold({ ...conversation, view }, event);
    case 'message.pinned':
      return { ...conversation, view: withPin(view, event.pin) };
    case 'message.unpinned':
      return { ...conversation, view: withoutPin(view, event.seq) };
    case 'message.withheld':
      return { ...conversation, view: withWithheld(view, event) };
    case 'conversation.updated':
      return { ...conversation, view: withDisappearing(view, event.disappearing) };
  }
}

function withMyself(view: ConversationView, { change, member }: { change: number; member: MemberView }): ConversationView {
  return withStanding(view, { ...member, change });
}
