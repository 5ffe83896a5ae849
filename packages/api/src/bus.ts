import type { CloseName, ConversationEvent, ConversationRead, MeEvent, TypingSignal } from '@nexo/shared';

/** What a verb tells the nodes after its commit. */
export type BusMessage =
  /** Numbered events of a conversation: they cover the changes `from` to `to` without a hole, ascending. */
  | { kind: 'conversation'; conversationId: string; from: number; to: number; events: ConversationEvent[] }
  /** Private events of one person; `change` is the user head after them. */
  | { kind: 'user'; userId: string; change: number; events: MeEvent[] }
  /** Another's read position: for the members of that conversation, without a number. */
  | { kind: 'read'; event: ConversationRead }
  /** A mood: may be lost. */
  | { kind: 'signal'; signal: TypingSignal }
  /** Sessions that are dead: close their sockets with this row of the close-code table. */
  | { kind: 'sessionsRevoked'; userId: string; sessionIds: string[]; close: CloseName };

/**
 * Carries what was committed to every node, this one included. It is only fast: what it loses, the tail of the doorbells finds.
 * Messages of one `publish` arrive together; messages of one node arrive in the order of their publishing.
 */
export interface Bus {
  /** Never throws and never waits: a bus that is down drops. */
  publish(messages: readonly BusMessage[]): void;
  /** Listens until the returned function is called. A listener that throws does not keep others from hearing. */
  subscribe(listener: (messages: readonly BusMessage[]) => void): () => void;
  close(): Promise<void>;
}
