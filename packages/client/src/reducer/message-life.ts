import {
  type ConversationEvent,
  type ConversationView,
  excerptOf,
  isWithin,
  type MessageView,
  type MyMembership,
  type PinView,
  type ReactionView,
  type ReplyView,
} from '@nexo/shared';
import { isGone, withGone } from './disappearing.ts';
import { withMention } from './mentions.ts';
import { withMentionsOf, withUnread } from './reads.ts';
import type { ConversationState } from './state.ts';
import { newerRow } from './windows.ts';

/**
 * A newer version of a message that is there: edited, revoked, gone, or told again by a node that had missed something. It takes the
 * place of the older one wherever that stands, also in quotes; it is never put where it was not, as it may have been removed here.
 */
export function withVersion(conversation: ConversationState, message: MessageView, myId: string | null): ConversationState {
  const { view, window, removed } = conversation;
  const rows = window?.rows.map((row) => versionOf(row, message));
  const isSame = rows === undefined || rows.every((row, index) => row === window?.rows[index]);
  return {
    ...conversation,
    view: {
      ...withLastVersion(view, message),
      me: removed?.has(message.seq) === true ? view.me : sideAfter(view.me, message, view.countable, myId),
    },
    window: isSame || window === null ? window : { ...window, rows },
  };
}

function withLastVersion(view: ConversationView, message: MessageView): ConversationView {
  if (view.lastMessage === undefined) return view;
  const lastMessage = versionOf(view.lastMessage, message);
  return lastMessage === view.lastMessage ? view : { ...view, lastMessage };
}

function versionOf(row: MessageView, message: MessageView): MessageView {
  if (row.seq === message.seq) return newerRow(row, message);
  if (row.replyTo?.seq !== message.seq || message.contentChange === undefined) return row;
  return (row.replyTo.change ?? 0) >= message.contentChange ? row : { ...row, replyTo: quoteOfVersion(message) };
}

/** A message as a quote shows it. */
export function quoteOfVersion(message: MessageView): ReplyView {
  const { seq, senderId, content, contentChange, revokedAt } = message;
  return {
    ...{ seq, senderId, excerpt: excerptOf(content) },
    ...(contentChange === undefined ? {} : { change: contentChange }),
    ...(revokedAt === undefined ? {} : { revoked: true as const }),
  };
}

/** What is gone before it was read counts no more; and other words speak to others. */
function sideAfter(me: MyMembership, message: MessageView, countable: number, myId: string | null): MyMembership {
  if (message.seq <= me.readSeq) return me;
  const next = isGone(message) ? withGone(me, message) : withMention(me, message, myId);
  return next === me ? me : withUnread(withMentionsOf(next, next), countable);
}

/** `message.reacted`: one kind of reaction of one message as it is now. */
export function withReaction(
  conversation: ConversationState,
  event: Extract<ConversationEvent, { type: 'message.reacted' }>,
): ConversationState {
  const reacted = (row: MessageView): MessageView => {
    if (row.seq !== event.seq || row.change >= event.change) return row;
    const { reactions: before = [], ...rest } = row;
    const reactions = putReaction(before, event.reaction);
    return { ...rest, change: event.change, ...(reactions.length === 0 ? {} : { reactions }) };
  };
  const { view, window } = conversation;
  const lastMessage = view.lastMessage === undefined ? undefined : reacted(view.lastMessage);
  return {
    ...conversation,
    view: lastMessage === undefined || lastMessage === view.lastMessage ? view : { ...view, lastMessage },
    window: window?.rows.some((row) => row.seq === event.seq) ? { ...window, rows: window.rows.map(reacted) } : window,
  };
}

/** The kinds in their order, with one as it is now: a kind keeps its place as long as anybody has it. */
export function putReaction(before: readonly ReactionView[], reaction: ReactionView): ReactionView[] {
  if (reaction.count === 0) return before.filter(({ emoji }) => emoji !== reaction.emoji);
  if (!before.some(({ emoji }) => emoji === reaction.emoji)) return [...before, reaction];
  return before.map((kind) => (kind.emoji === reaction.emoji ? reaction : kind));
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
