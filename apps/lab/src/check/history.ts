/**
 * What a run recorded, in the few shapes that the checker needs. Everything is plain data, so that a test can plant a fault in
 * it. Conversations, users and clientMessageIds are the ids on the wire.
 */
export interface History {
  sends: readonly SendRecord[];
  stored: readonly StoredMessage[];
  heads: readonly StoredHead[];
  readings: readonly Reading[];
}

/** One message that a client tried to send, however often. */
export interface SendRecord {
  conversationId: string;
  senderId: string;
  clientMessageId: string;
  text: string;
  /** `unknown`: no answer came (a closed socket, a crash); it may have happened or not. */
  outcome: 'acked' | 'refused' | 'unknown';
  /** The seq of every ack that was given: one per attempt that was answered. */
  ackedSeqs: readonly number[];
}

/** A row of the database. `text` is null for what the system says itself, which nobody sends. */
export interface StoredMessage {
  conversationId: string;
  seq: number;
  senderId: string;
  clientMessageId: string;
  text: string | null;
  countable: boolean;
  countableSeq: number;
  change: number;
}

export interface StoredHead {
  conversationId: string;
  seq: number;
  change: number;
  countable: number;
}

/**
 * What one reader saw of one conversation, in the order in which it was applied: `seqs[i]` was the message
 * `clientMessageIds[i]`. Parallel arrays, because a run has millions of them.
 */
export interface Reading {
  reader: string;
  conversationId: string;
  /** The first seq that this reader was to see. */
  fromSeq: number;
  seqs: ArrayLike<number>;
  clientMessageIds: ArrayLike<string>;
  /** The text of each, where it was recorded. */
  texts?: ArrayLike<string>;
}

export type FindingKind =
  /** Acknowledged, and not in the database. */
  | 'lost'
  /** One clientMessageId in several rows, or one message applied twice by a reader. */
  | 'duplicated'
  /** A reader, or a sender's own messages, out of order. */
  | 'reordered'
  /** A number is missing: in the rows, between rows and head, or in what a reader saw. */
  | 'gap'
  /** Stored or seen, and never sent; or stored although it was refused. */
  | 'phantom'
  /** Another content, or another message, at the same place; or an ack that names another place. */
  | 'altered'
  /** Stored, and never seen by a reader who should have. */
  | 'unseen'
  /** An unread count that a recount does not confirm. */
  | 'miscounted';

export interface Finding {
  kind: FindingKind;
  conversationId: string;
  /** One sentence with the numbers. */
  detail: string;
}
