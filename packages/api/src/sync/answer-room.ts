import type { ConversationView, MessageView } from '@nexo/shared';

/** What the contents and reactions of all messages in one answer, and pins, may weigh in its JSON. A socket that is owed `outboundCeilingBytes` would be closed. */
const answerMaxContentBytes = 2 * 1024 * 1024;

/** How much room one answer has for what weighs most in it: the contents of messages, those that views bring included, their pins, and drafts. */
export class AnswerRoom {
  #leftBytes = answerMaxContentBytes;

  /** Whether they have room; then it is theirs. */
  take(messages: readonly MessageView[], view?: ConversationView): boolean {
    const all = view?.lastMessage === undefined ? messages : [...messages, view.lastMessage];
    const ofView = weigh(view?.pins) + weigh(view?.me.draft);
    const bytes = all.reduce((sum, message) => sum + weigh(message.content) + weigh(message.reactions), ofView);
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }
}

/** A text of control characters is six times as large as JSON. */
function weigh(part: object | undefined): number {
  return part === undefined ? 0 : Buffer.byteLength(JSON.stringify(part));
}
