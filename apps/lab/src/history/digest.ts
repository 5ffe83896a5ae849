import { createHash } from 'node:crypto';
import type { MessageContent, MessageView, ReplyView } from '@nexo/shared';
import type { Item } from './line.ts';

/** The parts of a message that must be the same for everybody, always. */
export type Digested = Pick<MessageView, 'id' | 'senderId' | 'content' | 'countable' | 'countableSeq' | 'sentAt'> & {
  replyTo?: ReplyView | undefined;
};

/** Sixty bits: of a million messages two are taken for each other once in a million runs. */
const digestChars = 10;

/** A short name for everything in a message that is not its place. */
export function digestOf({ id, senderId, content, countable, countableSeq, sentAt, replyTo }: Digested): string {
  const quote = replyTo === undefined ? null : [replyTo.seq, replyTo.senderId, replyTo.excerpt];
  return shortHash([id, senderId, contentKey(content), countable, countableSeq, Math.round(sentAt), quote]);
}

/** A short name for what a person wanted to say. */
export function contentDigest(content: MessageContent, replyTo: number | undefined): string {
  return shortHash([contentKey(content), replyTo ?? null]);
}

export function itemOf(message: MessageView): Item {
  return [message.seq, message.change, message.clientMessageId, digestOf(message)];
}

/** The order of the keys in stored JSON is not that of the wire. */
function contentKey(content: MessageContent): unknown[] {
  if (content.type === 'notice') return ['notice', content.notice, content.actorId, content.userIds];
  if (content.type === 'text') return ['text', content.text];
  return ['other', JSON.stringify(content)];
}

function shortHash(parts: readonly unknown[]): string {
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64url').slice(0, digestChars);
}
