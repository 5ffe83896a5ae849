import type { TimelineMessage } from '@nexo/client';

/** What can be done with a message; the same functions for the whole life of a list. */
export interface MessageActions {
  reply(message: TimelineMessage): void;
  copy(message: TimelineMessage): void;
  retry(message: TimelineMessage): void;
  edit(message: TimelineMessage): void;
  remove(message: TimelineMessage): void;
  forward(message: TimelineMessage): void;
  details(message: TimelineMessage): void;
  /** `orNext`: what stands there may have disappeared, and then the next one will do. */
  jumpTo(seq: number, orNext?: boolean): void;
  /** Sets one's reaction, or takes it back. */
  toggle(message: TimelineMessage, emoji: string): void;
}

/** Nothing is left of it but its place. */
export function isGone({ content }: TimelineMessage): boolean {
  return content.type === 'revoked' || content.type === 'expired';
}
