/** What the database holds of one conversation when all is over. */
export interface StoredConversation {
  id: string;
  kind: string;
  head: { seq: number; change: number; countable: number };
  /** By seq ascending. */
  messages: StoredRow[];
  members: StoredMember[];
  group?: { name: string; memberCount: number; change: number };
}

export interface StoredRow {
  seq: number;
  change: number;
  sender: string;
  /** The clientMessageId. */
  id: string;
  /** Said by the system. */
  isNotice: boolean;
  /** Of all of it, as everybody sees it. */
  digest: string;
  /** Of what the sender wanted to say. */
  content: string;
  countable: boolean;
  countableSeq: number;
  /** Edited or taken back since it was sent: then its change is not that of its sending. */
  isChanged: boolean;
}

export interface StoredMember {
  userId: string;
  role: string;
  left: boolean;
  /** Seqs that may be read, both ends inclusive. */
  visible: readonly (readonly [from: number, to: number])[];
  readSeq: number;
  readCountable: number;
  /** Which change last touched the row. */
  change: number;
}

export interface StoredPerson {
  id: string;
  displayName: string;
}
