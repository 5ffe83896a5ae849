import type { MessageView, ReplyView } from '@nexo/shared';
import type { ClientState } from '../reducer/state.ts';

/** Characters of a message that a quote shows. */
const excerptMaxChars = 200;

/** The quoted message as it can be seen here, until the server gives its own picture of it. */
export function quoteOf(state: ClientState, conversationId: string, seq: number): ReplyView {
  const row = state.conversations.get(conversationId)?.window?.rows.find((message) => message.seq === seq);
  return row === undefined ? { seq, senderId: '', excerpt: '' } : quoteFrom(row);
}

/** A message as a quote shows it. */
export function quoteFrom({ seq, senderId, content }: MessageView): ReplyView {
  const text = content.type === 'text' ? content.text : '';
  return { seq, senderId, excerpt: [...text].slice(0, excerptMaxChars).join('') };
}
