import { type ConversationEvent, type MyMembership, withReadableQuote } from '@nexo/shared';

/** Ranges of seqs that a member may read, [from, to). */
export type Visible = MyMembership['visible'];

/** Whether it is everything: then nobody has to look. */
export function isEverything(visible: Visible): boolean {
  const [first] = visible;
  return first !== undefined && first.from <= 1 && first.to === null;
}

/** The message that an event tells something of; undefined: it is about something else. */
export function seqOf(event: ConversationEvent): number | undefined {
  switch (event.type) {
    case 'message.sent':
    case 'message.edited':
    case 'message.revoked':
    case 'message.expired':
      return event.message.seq;
    case 'message.reacted':
    case 'message.expiring':
      return event.seq;
    default:
      return undefined;
  }
}

/** What the message quotes that an event tells of. */
export function quotedSeqOf(event: ConversationEvent): number | undefined {
  return 'message' in event ? event.message.replyTo?.seq : undefined;
}

/** The same for members who may not read what the message quotes. */
export function withoutQuotedWords(event: ConversationEvent): ConversationEvent {
  return 'message' in event ? { ...event, message: withReadableQuote(event.message, []) } : event;
}
