import type { OwnSide, Relations } from '../../history/line.ts';

/** What the database holds of one conversation when all is over. */
export interface StoredConversation {
  id: string;
  kind: string;
  head: { seq: number; change: number; countable: number };
  /** By seq ascending. */
  messages: StoredRow[];
  members: StoredMember[];
  /** Seqs of the pinned messages, ascending. */
  pins: readonly number[];
  group?: StoredGroup;
}

export interface StoredGroup {
  name: string;
  memberCount: number;
  change: number;
  dismissed: boolean;
  /** Ways in, those that are worth nothing any more as well. */
  links: readonly StoredLink[];
  /** Who applied, and what became of it. */
  requests: readonly { userId: string; status: 'pending' | 'accepted' | 'refused' }[];
}

interface StoredLink {
  code: string;
  maxUses: number | null;
  uses: number;
  /** Who comes by it is let in by an admin. */
  approval: boolean;
  revoked: boolean;
}

/** What the system says of people: who did it, and to whom. */
export interface StoredNotice {
  kind: string;
  actor: string;
  users: readonly string[];
  /** Of a `member.role`. */
  role?: string;
}

export interface StoredRow {
  seq: number;
  change: number;
  sender: string;
  /** The clientMessageId. */
  id: string;
  /** Said by the system. */
  isNotice: boolean;
  notice?: StoredNotice;
  /** Who said it first, of what was passed on. */
  forwardedFrom?: string;
  /** Of its wording, as everybody sees it. */
  digest: string;
  /** Of what the sender wanted to say: the words with what they answer. */
  content: string;
  /** Of the words alone. */
  words: string;
  /** The change that gave it this wording; 0: it was sent so. */
  contentChange: number;
  /** Empty when it has none. */
  reactions: string;
  /** The seq of what it quotes, the change that gave that its wording, and a digest of the quote; null: it quotes nothing. */
  quote: { seq: number; change: number; digest: string } | null;
  /** What it says is no more: it was taken back, or has disappeared. */
  gone: 'revoked' | 'expired' | null;
  /** When it disappears, by the server's clock. */
  expiresAt: number | null;
  /** Whom it speaks to; `*`: everybody. */
  mentions: readonly string[];
  countable: boolean;
  countableSeq: number;
  /** Something became of it since it was sent: then its change is not that of its sending. */
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
  /** Seqs that they have taken out of their own view. */
  removed: readonly number[];
  own: OwnSide;
}

export interface StoredPerson {
  id: string;
  displayName: string;
  relations: Relations;
}
