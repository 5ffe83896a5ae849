import type { ReplyView } from '@nexo/shared';
import type { ClientState } from '../reducer/state.ts';

/** Characters of a message that a quote shows. */
const excerptMaxChars = 200;

/** The quoted message as it can be seen here, until the server gives its own picture of it. */
export function quoteOf(state: ClientState, conversationId: string, seq: number): ReplyView {
  const row = state.conversations.get(conversationId)?.window?.rows.find((message) => message.seq === seq);
  const text = row?.content.type === 'text' ? row.content.text : '';
  return { seq, senderId: row?.senderId ?? '', excerpt: [...text].slice(0, excerptMaxChars).join('') };
}
