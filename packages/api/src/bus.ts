import type { CloseName, ConversationEvent, ConversationRead, MeEvent, TypingSignal } from '@nexo/shared';

/**
 * An event as the nodes hear it. `concealed`: who it is about is not for all members; they are shown `shownEvent` of it, while the
 * nodes have to know who is in and who is out.
 */
export type ToldEvent = ConversationEvent & { concealed?: true };

/** What a verb tells the nodes after its commit. */
export type BusMessage =
  /** Numbered events of a conversation: they cover the changes `from` to `to` without a hole, ascending. */
  | { kind: 'conversation'; conversationId: string; from: number; to: number; events: ToldEvent[] }
  /** Private events of one person; `change` is the user head after them. */
  | { kind: 'user'; userId: string; change: number; events: MeEvent[] }
  /** Another's read position: for the members of that conversation, without a number. */
  | { kind: 'read'; event: ConversationRead }
  /** A mood: may be lost. */
  | { kind: 'signal'; signal: TypingSignal }
  /** Sessions that are dead: close their sockets with this row of the close-code table. */
  | { kind: 'sessionsRevoked'; userId: string; sessionIds: string[]; close: CloseName };

/** What a message is about: enough to know whether anybody here wants it. */
export interface BusSubject {
  kind: BusMessage['kind'];
  /** Of the conversation; of the user where the message belongs to a person. */
  id: string;
}

/** The subject of a message. */
export function subjectOf(message: BusMessage): BusSubject {
  const { kind } = message;
  switch (message.kind) {
    case 'conversation':
      return { kind, id: message.conversationId };
    case 'read':
      return { kind, id: message.event.conversationId };
    case 'signal':
      return { kind, id: message.signal.conversationId };
    case 'user':
    case 'sessionsRevoked':
      return { kind, id: message.userId };
  }
}

/**
 * Carries what was committed to every node, this one included. It is only fast: what it loses, the tail of the doorbells finds.
 * Messages of one subject's id (a conversation, a user) that one node published arrive in the order of their publishing, and those of
 * one `publish` together. Nothing is promised between different ids: they may travel apart.
 */
export interface Bus {
  /** Never throws and never waits: a bus that is down drops. The publishing node hears it right away, whatever the rest does. */
  publish(messages: readonly BusMessage[]): void;
  /**
   * Listens until the returned function is called. A listener that throws does not keep others from hearing. With `wants`, messages
   * from other nodes that no listener wants are spared the work of reading them; a listener may hear more than it wants.
   */
  subscribe(listener: BusListener, wants?: (subject: BusSubject) => boolean): () => void;
  /** Whether it carries messages between nodes now. False for good on a bus of one process. */
  readonly carries: boolean;
  /** Calls each time `carries` has changed, until the returned function is called. */
  onCarries(listener: () => void): () => void;
  close(): Promise<void>;
}

export type BusListener = (messages: readonly BusMessage[]) => void;
