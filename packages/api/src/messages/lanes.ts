import type { SendMessageInput, SendMessageResult } from '@nexo/shared';

/** The serial writers of messages. */
export interface Lanes {
  /**
   * Commits one message with whatever else its lane has waiting, and answers once it is durable. Throws AppError: a refusal of
   * the rules, OVERLOADED, or UNAVAILABLE (then the outcome is unknown and the same input may be sent again).
   */
  send(senderId: string, input: SendMessageInput): Promise<SendMessageResult>;
  /** Refuses new sends and waits until everything taken is answered. */
  close(): Promise<void>;
}
