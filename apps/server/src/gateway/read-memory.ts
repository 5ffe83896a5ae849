import type { ConversationRead } from '@nexo/shared';

/** What is forgotten comes twice at worst, and a position that comes twice changes nothing. */
const positionsMax = 20_000;

/** Remembers the latest read positions that were handed on, so that the doorbells do not tell again what the bus brought. */
export class ReadMemory {
  readonly #latest = new Map<string, number>();

  isNews({ conversationId, userId, readSeq }: ConversationRead): boolean {
    return readSeq > (this.#latest.get(`${conversationId} ${userId}`) ?? 0);
  }

  note({ conversationId, userId, readSeq }: ConversationRead): void {
    const key = `${conversationId} ${userId}`;
    // Away and in again: the map keeps the order of entering, and the first one is the longest untouched.
    this.#latest.delete(key);
    this.#latest.set(key, readSeq);
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= positionsMax) break;
      this.#latest.delete(oldest);
    }
  }
}
