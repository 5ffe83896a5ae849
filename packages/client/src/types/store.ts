import type {
  BlockView,
  ContactRequestView,
  ContactView,
  ConversationView,
  ErrorCode,
  MemberView,
  MessageContent,
  MyUserView,
  PresenceView,
  ReactionView,
  ReplyView,
  UserView,
} from '@nexo/shared';

/** A value that can be read now and watched. `get` returns the same object until something in it changes. */
export interface Readable<T> {
  get(): T;
  /** Calls after each change; returns how to stop. */
  subscribe(listener: () => void): () => void;
}

/** Everything a view reads. Keys are created on first use; watching one never wakes on a change of another. */
export interface ChatStore {
  readonly connection: Readable<ConnectionState>;
  readonly me: Readable<MyUserView | null>;
  /** False until the first snapshot or a stored one is there. */
  readonly ready: Readable<boolean>;
  /** Pinned ones by their places, then the most recently active first. */
  readonly conversationIds: Readable<readonly string[]>;
  /** Out of the list until something is said in them, and with something to read: for a search. The most recently active first. */
  readonly hiddenIds: Readable<readonly string[]>;
  /**
   * What makes a person look: of muted chats at most what mentions them; a chat that is only marked as unread counts as one.
   */
  readonly totalUnread: Readable<number>;
  /** Titled by the own name for the other person, where there is one. */
  conversation(id: string): Readable<ConversationView | undefined>;
  timeline(conversationId: string): Readable<Timeline>;
  /** Loads an unknown user by itself, many in one call. */
  user(id: string): Readable<UserView | undefined>;
  /** A member of a group by their user id, loaded by itself; undefined of who is none, and where one may not see it. */
  member(conversationId: string, userId: string): Readable<MemberView | undefined>;
  /** Who is typing now, without oneself. */
  typing(conversationId: string): Readable<readonly string[]>;
  /** `unknown` of whom nobody watches (`presence.watch`), and without a connection. */
  presence(userId: string): Readable<PresenceView>;
  /** All contacts, by user id. */
  readonly contacts: Readable<readonly ContactView[]>;
  /** Requests of both directions that wait for an answer, the newest first. */
  readonly contactRequests: Readable<readonly ContactRequestView[]>;
  /** Whom the own person has blocked, the last first. */
  readonly blocks: Readable<readonly BlockView[]>;
  relation(userId: string): Readable<Relation>;
  readonly outbox: Readable<OutboxSummary>;
  draft(conversationId: string): Readable<Draft>;
  /** Drafts with words in them that only this device has. */
  readonly unsavedDrafts: Readable<number>;
  /** `failed` when nothing can be stored in this browser now. */
  readonly storage: Readable<'ok' | 'failed'>;
  /** Our best guess of the server's clock, epoch milliseconds. */
  serverNow(): number;
}

/**
 * The connection, as a person would be told of it.
 *
 *   stopped ──start──► connecting ──open+auth──► catchingUp ──resumed──► live
 *      ▲                  ▲    │                     │                    │
 *      └──stop── any      │    └──failed──► waiting ◄┴──────closed────────┘
 *                         └─────due / retryNow / online───┘
 *   any ──closed by SESSION_REVOKED, SESSION_REPLACED or a refused refresh──► signedOut
 */
export type ConnectionState =
  | { name: 'stopped' }
  | { name: 'connecting'; since: number; attempt: number }
  | { name: 'catchingUp'; since: number }
  | { name: 'live'; since: number }
  /** `offline`: the device itself says that there is no network. */
  | { name: 'waiting'; since: number; retryAt: number; attempt: number; offline: boolean }
  | { name: 'signedOut'; reason: 'logout' | 'revoked' | 'replaced' | 'expired' };

/** What is loaded of a conversation around one place. Confirmed rows by seq, then pending ones in the order of sending. */
export interface Timeline {
  items: readonly TimelineMessage[];
  /** `idle` before the first load. */
  status: 'idle' | 'loading' | 'ready' | 'error';
  /** There is more before the first or after the last confirmed row (then pending ones are still shown at the end). */
  hasBefore: boolean;
  hasAfter: boolean;
  loadingBefore: boolean;
  loadingAfter: boolean;
}

/** One row of a conversation: a message of the server, or one of ours that is still on its way. */
export interface TimelineMessage {
  /** The clientMessageId: the same row from the first key press to the other side's reading. */
  key: string;
  conversationId: string;
  senderId: string;
  content: MessageContent;
  /** Absent while it is pending. */
  seq?: number;
  /** Epoch milliseconds of the server's clock; of a pending one our best guess of it. */
  sentAt: number;
  replyTo?: ReplyView;
  /** When it got its present wording, if that is not the first. */
  editedAt?: number;
  /** With what one has just set or taken back oneself. */
  reactions?: readonly ReactionView[];
  /** Who said it first, of one that was passed on. */
  forwardedFromId?: string;
  /** It makes nothing unread and alerts nobody. */
  silent?: true;
  /** It disappears so long after the other side has read it … */
  disappearsAfterReadMs?: number;
  /** … and then, once that is known; epoch milliseconds of the server's clock. */
  expiresAt?: number;
  state: MessageState;
  /** How many others have read one's own message, in a group that is told. */
  readBy?: number;
  /** Why it failed. `retryable`: the engine or the person may try again. */
  failure?: { code: ErrorCode; message: string; retryable: boolean };
}

/** Look, words and actions of each state: the table "Message states" of the web chat. */
export type MessageState = 'local' | 'sending' | 'waiting' | 'sent' | 'read' | 'failed';

/** The members of a group as far as they are loaded. */
export interface MemberListState {
  /** By user id. */
  readonly members: readonly MemberView[];
  /** `failed`: there was no answer yet, and `error` says why; a refusal later leaves what is there. */
  readonly status: 'loading' | 'ready' | 'failed';
  readonly hasMore: boolean;
  readonly error?: unknown;
}

export interface MemberList {
  /** What those in it are called like; undefined: it is of all. */
  readonly query: string | undefined;
  readonly state: Readable<MemberListState>;
  /** One page more, unless there is none or one is under way; what failed is tried again. */
  loadMore(): void;
  /** From here on it stays as it is. */
  close(): void;
}

/** How the own person stands to another. */
export interface Relation {
  contact: ContactView | undefined;
  /** Their request, and the own one; while they wait for an answer. */
  incoming: ContactRequestView | undefined;
  outgoing: ContactRequestView | undefined;
  /** The own person has blocked them. */
  isBlocked: boolean;
}

export interface OutboxSummary {
  pending: number;
  failed: number;
}

/** What stands in the composer of a conversation, the same on all devices of a person. */
export interface Draft {
  text: string;
  replyTo?: ReplyView;
  /** Written elsewhere at the same time (or before it was changed for that one): the person chooses. */
  other?: { text: string; replyTo?: ReplyView };
}
