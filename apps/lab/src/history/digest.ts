import { createHash } from 'node:crypto';
import type { MessageContent, MessageView, ReactionView, ReplyView } from '@nexo/shared';
import type { Item } from './line.ts';

/** The parts of a message that only another wording changes: for everybody the same, as long as nobody edits it or takes it back. */
export type Worded = Pick<MessageView, 'id' | 'senderId' | 'content' | 'countable' | 'countableSeq' | 'sentAt'>;

/** Sixty bits: of a million messages two are taken for each other once in a million runs. */
const digestChars = 10;

/** A short name for one wording of a message, without its place. */
export function digestOf({ id, senderId, content, countable, countableSeq, sentAt }: Worded): string {
  return shortHash([id, senderId, contentKey(content), countable, countableSeq, Math.round(sentAt)]);
}

/** A short name for what a person wanted to say. */
export function contentDigest(content: MessageContent, replyTo: number | undefined): string {
  return shortHash([contentKey(content), replyTo ?? null]);
}

/** A short name for the reactions of a message; empty when there are none. */
export function reactionsDigest(reactions: readonly ReactionView[] | undefined): string {
  if (reactions === undefined || reactions.length === 0) return '';
  return shortHash(reactions.map(({ emoji, count, userIds }) => [emoji, count, userIds]));
}

/** A short name for a quote with its words; empty when it has none, as it may have none for some. */
export function quoteDigest(replyTo: ReplyView | undefined): string {
  if (replyTo === undefined || replyTo.excerpt === '') return '';
  return shortHash([replyTo.seq, replyTo.senderId, replyTo.excerpt]);
}

export function itemOf(message: MessageView): Item {
  const { seq, change, clientMessageId, contentChange = 0, reactions, replyTo } = message;
  const digests = [digestOf(message), contentChange, reactionsDigest(reactions)] as const;
  const place = [seq, change, clientMessageId] as const;
  return replyTo === undefined ? [...place, ...digests] : [...place, ...digests, replyTo.change ?? 0, quoteDigest(replyTo)];
}

/** The order of the keys in stored JSON is not that of the wire. */
function contentKey(content: MessageContent): unknown[] {
  if (content.type === 'notice') return ['notice', content.notice, content.actorId, content.userIds];
  if (content.type === 'text') {
    const mentions = content.mentions?.map(({ userId, name }) => [userId, name]) ?? [];
    return ['text', content.text, mentions, content.mentionsAll ?? false];
  }
  return content.type === 'revoked' ? ['revoked', content.revokedBy] : ['other', JSON.stringify(content)];
}

function shortHash(parts: readonly unknown[]): string {
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64url').slice(0, digestChars);
}
