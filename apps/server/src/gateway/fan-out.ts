import type { BusMessage, BusSubject, Log } from '@nexo/api';
import type { ConversationRead } from '@nexo/shared';
import type { Counters } from '../telemetry/counters.ts';
import { Item } from './batch.ts';
import type { Hub } from './hub.ts';
import { ReadMemory } from './read-memory.ts';

export interface FanOutOptions {
  hub: Hub;
  log: Log;
  counters: Counters;
}

/**
 * Rung by the bus: finds who is here for each message and hands it to their stream. Numbered messages go through the ordered
 * streams; signals have no number and go straight through, and so do read positions where nothing is known to be missing.
 */
export class FanOut {
  readonly #hub: Hub;
  readonly #options: FanOutOptions;
  readonly #reads = new ReadMemory();

  constructor(options: FanOutOptions) {
    this.#hub = options.hub;
    this.#options = options;
  }

  /** Whether a message from elsewhere may concern somebody here. */
  wants({ kind, id }: BusSubject): boolean {
    // Who is only just coming in must meet the end of their session too, and it is rare.
    if (kind === 'sessionsRevoked') return true;
    return kind === 'user' ? this.#hub.user(id) !== undefined : this.#hub.conversation(id) !== undefined;
  }

  /** Handles what one commit told. A message that cannot be handled does not keep the others from being heard. */
  hear(messages: readonly BusMessage[]): void {
    for (const message of messages) {
      try {
        this.#one(message);
      } catch (error) {
        this.#options.log.error({ error, kind: message.kind }, 'a message of the bus could not be handed on');
      }
      this.#options.counters.busMessages[message.kind]++;
    }
  }

  /** Whether a read position that the doorbells know has not come here although somebody listens. */
  isMissedRead(event: ConversationRead): boolean {
    return this.#hub.conversation(event.conversationId) !== undefined && this.#reads.isNews(event);
  }

  /** Hands a read position on, unless it has been. */
  hearRead(event: ConversationRead): void {
    const conversation = this.#hub.conversation(event.conversationId);
    if (conversation === undefined || !this.#reads.isNews(event)) return;
    this.#reads.note(event);
    conversation.sendRead(new Item(event, { droppable: true }));
  }

  #one(message: BusMessage): void {
    switch (message.kind) {
      case 'conversation':
        this.#hub.conversation(message.conversationId)?.accept(message);
        return;
      case 'user':
        this.#hub.user(message.userId)?.stream?.accept(message.change, message.events);
        return;
      case 'read':
        this.hearRead(message.event);
        return;
      case 'signal':
        this.#hub.conversation(message.signal.conversationId)?.send(new Item(message.signal, { droppable: true }));
        return;
      case 'sessionsRevoked':
        this.#hub.revoke(message.userId, message.sessionIds, message.close);
    }
  }
}
