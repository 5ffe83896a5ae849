import type { ConversationView, MessageView } from '@nexo/shared';

/** What the contents of all messages in one answer may weigh in its JSON. A socket that is owed `outboundCeilingBytes` would be closed. */
const answerMaxContentBytes = 2 * 1024 * 1024;

/** How much room one answer has for what weighs most in it: the contents of messages, those that views bring included, and drafts. */
export class AnswerRoom {
  #leftBytes = answerMaxContentBytes;

  /** Whether they have room; then it is theirs. */
  take(messages: readonly MessageView[], view?: ConversationView): boolean {
    const bytes =
      messages.reduce((sum, { content }) => sum + weigh(content), 0) + weigh(view?.lastMessage?.content) + weigh(view?.me.draft);
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }
}

/** A text of control characters is six times as large as JSON. */
function weigh(content: object | undefined): number {
  return content === undefined ? 0 : Buffer.byteLength(JSON.stringify(content));
}
