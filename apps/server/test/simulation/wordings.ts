import type { ChatClient } from '@nexo/client';
import type { ConversationEvent, MessageContent, MessageView, ReplyView } from '@nexo/shared';
import type { Visit } from './device.ts';
import { Violation } from './violation.ts';

/** Longer than any excerpt is short: texts of messages differ within it. */
const excerptChars = 200;

/** What was said, in which order, and what of it every device shows at every moment. */
export class Wordings {
  /** By message, the change by which each wording came; the first one has 0. */
  readonly #changes = new Map<string, Map<string, number>>();
  /** By message, the change by which it was taken back. */
  readonly #revoked = new Map<string, number>();
  /** By place on the screen of a visit, the newest wording that was shown there. */
  readonly #shown = new Map<string, number>();
  /** By message, which visits have heard that it was taken back. */
  readonly #heard = new Set<string>();

  /** A message is written: sent, or changed. */
  committed({ conversationId, seq, content, contentChange = 0 }: MessageView): void {
    const message = `${conversationId} ${seq}`;
    if (content.type === 'revoked') this.#revoked.set(message, contentChange);
    if (content.type !== 'text') return;
    const changes = this.#changes.get(message) ?? new Map<string, number>();
    this.#changes.set(message, changes);
    const text = content.text.slice(0, excerptChars);
    if (!changes.has(text)) changes.set(text, contentChange);
  }

  /** What a message of this text said first. */
  isFirst(conversationId: string, seq: number, text: string): boolean {
    return this.#changes.get(`${conversationId} ${seq}`)?.get(text.slice(0, excerptChars)) === 0;
  }

  /** A client is told of a change. */
  heard(visit: Visit, event: ConversationEvent): void {
    if (!('message' in event) || event.message.content.type !== 'revoked') return;
    this.#heard.add(`${visit.actor.name} ${event.conversationId} ${event.message.seq}`);
  }

  /** Looks at all that a client shows of a conversation. */
  look(visit: Visit, store: ChatClient['store'], conversationId: string): void {
    const view = store.conversation(conversationId).get();
    if (view === undefined) return;
    const cursor = view.head.change;
    const { lastMessage } = view;
    if (lastMessage !== undefined) this.#message(visit, 'list', cursor, conversationId, lastMessage);
    for (const row of store.timeline(conversationId).get().items) {
      if (row.seq === undefined) {
        if (row.replyTo !== undefined) this.#quote(visit, row.key, cursor, conversationId, row.replyTo);
      } else this.#message(visit, 'timeline', cursor, conversationId, { ...row, seq: row.seq });
    }
  }

  #message(
    visit: Visit,
    where: string,
    cursor: number,
    conversationId: string,
    { seq, content, replyTo }: { seq: number; content: MessageContent; replyTo?: ReplyView | undefined },
  ): void {
    if (content.type === 'text') this.#see(visit, where, cursor, conversationId, seq, content.text);
    else if (content.type === 'revoked') this.#see(visit, where, cursor, conversationId, seq, undefined);
    if (replyTo !== undefined) this.#quote(visit, `${where} ${seq}`, cursor, conversationId, replyTo);
  }

  /** A quote without words is one of what may not be read, or of what was taken back. */
  #quote(visit: Visit, where: string, cursor: number, conversationId: string, { seq, excerpt }: ReplyView): void {
    if (excerpt !== '') this.#see(visit, `quote in ${where}`, cursor, conversationId, seq, excerpt);
  }

  /** Without a text: it was taken back. */
  #see(visit: Visit, where: string, cursor: number, conversationId: string, seq: number, text: string | undefined): void {
    const message = `${conversationId} ${seq}`;
    const change = text === undefined ? Number.POSITIVE_INFINITY : this.#changes.get(message)?.get(text.slice(0, excerptChars));
    const place = `${visit.actor.name} shows in the ${where} of ${message}`;
    if (change === undefined) throw new Violation(`${place} what nobody said: ${text?.trim()}`);
    const before = this.#shown.get(place) ?? -1;
    if (change < before) throw new Violation(`${place} an older wording again: ${text?.trim()}`);
    this.#shown.set(place, change);
    const revoked = this.#revoked.get(message) ?? Number.POSITIVE_INFINITY;
    if (text !== undefined && revoked <= cursor && this.#heard.has(`${visit.actor.name} ${message}`)) {
      throw new Violation(`${place} what was taken back: ${text.trim()}`);
    }
  }
}
