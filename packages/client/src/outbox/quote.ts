import type { ReplyView } from '@nexo/shared';
import type { ClientState } from '../reducer/state.ts';
import { quoteOfVersion } from '../reducer/versions.ts';

/** The quoted message as it can be seen here, until the server gives its own picture of it. */
export function quoteOf(state: ClientState, conversationId: string, seq: number): ReplyView {
  const row = state.conversations.get(conversationId)?.window?.rows.find((message) => message.seq === seq);
  return row === undefined ? { seq, senderId: '', excerpt: '' } : quoteOfVersion(row);
}
