import type { ConversationEvent } from './events.ts';
import type { MessageView, ReplyView } from './messages.ts';

/** What of a conversation somebody may read. */
export type VisibleRanges = readonly { from: number; to: number | null }[];

/** Whether a message with this seq may be read. The ranges of what a member may read go up to, not including, `to`; null has no end. */
export function isWithin(visible: VisibleRanges, seq: number): boolean {
  return visible.some(({ from, to }) => seq >= from && (to === null || seq < to));
}

/** A message as this reader may have it: of what it quotes they are told the words only if they may read them there, too. */
export function withReadableQuote(message: MessageView, visible: VisibleRanges): MessageView {
  const { replyTo } = message;
  if (replyTo === undefined || isWithin(visible, replyTo.seq) || isWordless(replyTo)) return message;
  const { seq, senderId } = replyTo;
  return { ...message, replyTo: { seq, senderId, excerpt: '' } };
}

/** Whether it is the quote of what its reader may not read: nothing is told of what became of that either. */
export function isWordless({ excerpt, change, revoked }: ReplyView): boolean {
  return excerpt === '' && change === undefined && revoked === undefined;
}

/**
 * What is told to who may not see the message that an event is about. They may not know yet that there is one (they cleared what they
 * had not heard of), so of what may be news they hear the place.
 */
export function withheldEvent(event: ConversationEvent): ConversationEvent {
  const { conversationId, change } = event;
  const withheld = { type: 'message.withheld', conversationId, change } as const;
  if (event.type !== 'message.sent' && event.type !== 'message.expired') return withheld;
  const { seq, countableSeq } = event.message;
  return { ...withheld, seq, countableSeq };
}
