import { type ConversationView, isWithin, type MessageView, type MyMembership, type PinView } from '@nexo/shared';
import { isGone, withGone } from './disappearing.ts';
import { withMention } from './mentions.ts';
import { withMentionsOf, withUnread } from './reads.ts';
import type { ConversationState } from './state.ts';
import { withTold } from './versions.ts';

/** A newer version of a message that is there: edited, revoked, gone, or told again by a node that had missed something. */
export function withVersion(conversation: ConversationState, message: MessageView, myId: string | null): ConversationState {
  // One that is new here may be stored all the same, with the words of before: a page was ahead of the stream, or another tab was.
  const isKnown = message.seq <= conversation.view.head.seq || message.contentChange !== undefined;
  const next = isKnown ? withTold(conversation, message) : conversation;
  if (conversation.removed?.has(message.seq) === true) return next;
  const me = sideAfter(next.view.me, message, next.view.countable, myId);
  return me === next.view.me ? next : { ...next, view: { ...next.view, me } };
}

/** What is gone before it was read counts no more; and other words speak to others. */
function sideAfter(me: MyMembership, message: MessageView, countable: number, myId: string | null): MyMembership {
  if (message.seq <= me.readSeq) return me;
  const next = isGone(message) ? withGone(me, message) : withMention(me, message, myId);
  return next === me ? me : withUnread(withMentionsOf(next, next), countable);
}

/** `message.pinned`. One that this reader may not see is not for them. */
export function withPin(view: ConversationView, pin: PinView): ConversationView {
  if (!isWithin(view.me.visible, pin.seq)) return view;
  const others = (view.pins ?? []).filter(({ seq }) => seq !== pin.seq);
  return withPins(
    view,
    [...others, pin].sort((a, b) => a.seq - b.seq),
  );
}

/** `message.unpinned`. */
export function withoutPin(view: ConversationView, seq: number): ConversationView {
  return withPins(
    view,
    (view.pins ?? []).filter((pin) => pin.seq !== seq),
  );
}

/** All pins, in the place of those that are known. */
export function withPins(view: ConversationView, pins: readonly PinView[]): ConversationView {
  const { pins: _before, ...rest } = view;
  return pins.length === 0 ? rest : { ...rest, pins: [...pins] };
}
