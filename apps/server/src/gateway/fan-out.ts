import type { BusMessage, Log } from '@nexo/api';
import type { ConversationRead, TypingSignal } from '@nexo/shared';
import type { Counters } from '../telemetry/counters.ts';
import { Item } from './batch.ts';
import type { Hub } from './hub.ts';

export interface FanOutOptions {
  hub: Hub;
  log: Log;
  counters: Counters;
}

/**
 * Rung by the bus: finds who is here for each message and hands it to their stream. Numbered messages go through the ordered
 * streams; signals and read positions have no number and go straight through.
 */
export class FanOut {
  readonly #hub: Hub;
  readonly #options: FanOutOptions;

  constructor(options: FanOutOptions) {
    this.#hub = options.hub;
    this.#options = options;
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

  #one(message: BusMessage): void {
    switch (message.kind) {
      case 'conversation':
        this.#hub.conversation(message.conversationId)?.accept(message);
        return;
      case 'user':
        this.#hub.user(message.userId)?.stream?.accept(message.change, message.events);
        return;
      case 'read':
        this.#signal(message.event.conversationId, message.event);
        return;
      case 'signal':
        this.#signal(message.signal.conversationId, message.signal);
        return;
      case 'sessionsRevoked':
        this.#hub.revoke(message.userId, message.sessionIds, message.close);
    }
  }

  #signal(conversationId: string, value: ConversationRead | TypingSignal): void {
    this.#hub.conversation(conversationId)?.send(new Item(value, { droppable: true }));
  }
}
