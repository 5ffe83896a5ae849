import type { AppRouter } from '@nexo/api';
import type {
  AuthOptions,
  AuthResult,
  BlockView,
  ContactRequestView,
  ContactView,
  ConversationView,
  ErrorCode,
  ForwardMessagesResult,
  GroupSize,
  InviteResult,
  JoinGroupInput,
  ListReactionsResult,
  LoginInput,
  MemberView,
  MessageContent,
  MessageRules,
  MessageVersion,
  MessageView,
  Muted,
  MyUserView,
  Platform,
  PresenceView,
  ReactionView,
  Receipts,
  RegisterInput,
  ReplyView,
  RequestContactResult,
  SendableContent,
  SessionView,
  SetDisappearingInput,
  StreamItem,
  UpdateUserInput,
  UserView,
} from '@nexo/shared';
import type { TRPCClient } from '@trpc/client';
import type { StorageMaker } from './storage/storage.ts';

/** A value that can be read now and watched. `get` returns the same object until something in it changes. */
export interface Readable<T> {
  get(): T;
  /** Calls after each change; returns how to stop. */
  subscribe(listener: () => void): () => void;
}

export interface ClientOptions {
  /** Where Nexo is, like `http://localhost:3000`. */
  url: string;
  /** `cookie` in a browser on the same origin: no token is ever readable by script. `token` (default) elsewhere. */
  transport?: 'token' | 'cookie';
  /** Default `web` in a browser, `server` elsewhere. */
  platform?: Platform;
  deviceName?: string;
  /** Where messages, cursors and the outbox are kept. Default: memory. */
  storage?: StorageMaker;
  /** Where `auth.restore` finds the last session. Default: `localStorage` with cookies, memory with tokens. */
  sessionMemory?: SessionMemory;
  /** Where drafts are kept that are not on the server yet. Default: `localStorage` in a browser, memory elsewhere. */
  draftMemory?: DraftMemory;
  /** Turned or replaced in tests. */
  runtime?: Partial<Runtime>;
}

/** What stands in the composer of a conversation, the same on all devices of a person. */
export interface Draft {
  text: string;
  replyTo?: ReplyView;
  /** Written elsewhere at the same time (or before it was changed for that one): the person chooses. */
  other?: { text: string; replyTo?: ReplyView };
}

/** A draft that the server does not have yet. */
export interface UnsavedDraft {
  text: string;
  replyTo?: ReplyView;
  /** The version on the server that it was written over. */
  over: number;
  /** Offered beside it. */
  other?: { text: string; replyTo?: ReplyView };
}

/** Where drafts are kept that the server does not have yet; at once, as the page may be gone the next moment. */
export interface DraftMemory {
  /** By conversation. */
  load(userId: string): Map<string, UnsavedDraft>;
  /** Null: there is none to keep. */
  save(userId: string, conversationId: string, draft: UnsavedDraft | null): void;
  forget(userId: string): void;
}

/** Everything impure that the engine touches. */
export interface Runtime {
  now(): number;
  random(): number;
  setTimeout(work: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
  newId(): string;
  fetch: typeof fetch;
  WebSocket: new (url: string) => WebSocketLike;
  /** What the device says of its network; true where it says nothing. */
  isOnline(): boolean;
  /** Hears of `online`, `offline` and of the page becoming `visible` until the returned function is called. */
  onEnvironment(listener: (what: 'online' | 'offline' | 'visible') => void): () => void;
  /** The browser's locks, by which tabs of one person share the outbox; undefined elsewhere. */
  locks: LockManager | undefined;
}

/** What the engine uses of a WebSocket: the browser's and that of `ws` both are one. */
export interface WebSocketLike {
  send(data: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void;
  addEventListener(type: 'error', listener: () => void): void;
}

/** What is remembered between visits so that nobody logs in twice. In cookie mode it holds no secret. */
export interface RememberedSession {
  userId: string;
  /** Only with the `token` transport. */
  refreshToken?: string;
}

/** Where the session is remembered. */
export interface SessionMemory {
  load(): Promise<RememberedSession | null>;
  save(session: RememberedSession | null): Promise<void>;
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

/** Look, words and actions of each state: the table "Message states" of the web chat. */
export type MessageState = 'local' | 'sending' | 'waiting' | 'sent' | 'read' | 'failed';

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

export interface OutboxSummary {
  pending: number;
  failed: number;
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

export interface SentMessage {
  clientMessageId: string;
  /** Settles when the message is durable on the server, or when it is refused for good or discarded (then it rejects). */
  acknowledged: Promise<MessageView>;
}

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

export interface ChatClient {
  readonly store: ChatStore;
  /** Every procedure, typed: for what has no method of its own. */
  readonly trpc: TRPCClient<AppRouter>;

  readonly auth: {
    register(input: Omit<RegisterInput, 'platform' | 'transport' | 'deviceName'>): Promise<AuthResult>;
    login(input: Omit<LoginInput, 'platform' | 'transport' | 'deviceName'>): Promise<AuthResult>;
    /** Takes up the session of the last visit (cookie or stored token); null when there is none. */
    restore(): Promise<MyUserView | null>;
    /** Signs out and forgets what is stored, unsent messages included: ask first (`store.outbox`). */
    logout(): Promise<void>;
    changePassword(input: { currentPassword: string; newPassword: string }): Promise<void>;
    sessions(): Promise<SessionView[]>;
    /** Signs another session of this account out. Refused with PASSWORD_REQUIRED without its password, if it has one. */
    revokeSession(sessionId: string, password?: string): Promise<void>;
    /** Signs every other session out, with the password as above; answers how many that were. */
    logoutOthers(password?: string): Promise<number>;
    /** Goes on as the user of a ticket that one's own server was given (`backend.mintTicket`). */
    redeem(ticket: string): Promise<AuthResult>;
    /** Goes on with a session that one's own server has begun (`backend.mintSession`). */
    enter(session: AuthResult): Promise<AuthResult>;
    /** How one gets in here. */
    options(): Promise<AuthOptions>;
  };

  readonly users: {
    search(query: string): Promise<UserView[]>;
    update(input: UpdateUserInput): Promise<MyUserView>;
  };

  readonly conversations: {
    openDirect(userId: string): Promise<ConversationView>;
    /** Loads the newest page if nothing is loaded; the timeline then follows live. */
    open(conversationId: string): Promise<void>;
    loadBefore(conversationId: string): Promise<void>;
    loadAfter(conversationId: string): Promise<void>;
    /** Makes the timeline show the place around `seq`. */
    loadAround(conversationId: string, seq: number): Promise<void>;
    /** Makes the timeline show the newest page again. */
    loadNewest(conversationId: string): Promise<void>;
    /** Shown at once, sent in the background, never back. */
    markRead(conversationId: string, seq: number): void;
    /** Everything that is there, and a mark of unread too. */
    markAllRead(conversationId: string): Promise<void>;
    /** From a message on; without one the chat as a whole. The read position stays. */
    markUnread(conversationId: string, fromSeq?: number): Promise<void>;
    /** Takes the mark away; what is unread stays so. */
    endUnreadMark(conversationId: string): Promise<void>;
    /** `after`: the pinned chat that is to stand before it, null for none; absent: on top, or where it is pinned already. */
    pin(conversationId: string, after?: string | null): Promise<void>;
    unpin(conversationId: string): Promise<void>;
    /** Null: not any more. `untilAt` null: for ever. */
    mute(conversationId: string, muted: Muted | null): Promise<void>;
    /** Out of the list until the next message. */
    hide(conversationId: string): Promise<void>;
    /** Back into the list. */
    show(conversationId: string): Promise<void>;
    /** Takes away, on all own devices, what this client has seen of it; and out of the list, until the next message. */
    clear(conversationId: string): Promise<void>;
    remove(conversationId: string): Promise<void>;
  };

  readonly groups: {
    /** Under the same `clientGroupId` (a UUID of yours) it is the same group, however often it is asked for. */
    create(input: { name: string; memberIds: string[]; size?: GroupSize; clientGroupId?: string }): Promise<ConversationView>;
    /** An owner may name who inherits the group. */
    leave(conversationId: string, successorId?: string): Promise<void>;
    /** As many people as you like: they are added in batches, so of many some may be in when it fails. */
    invite(conversationId: string, userIds: readonly string[]): Promise<InviteResult>;
    /** By the group's id, or by the code of an invitation link. */
    join(input: JoinGroupInput): Promise<{ status: 'joined'; conversation: ConversationView } | { status: 'applied' }>;
    members(conversationId: string, cursor?: string): Promise<{ items: MemberView[]; nextCursor: string | null }>;
    /** The first of those whose id, or any word of whose name, begins like the query; limited as a search is. */
    findMembers(conversationId: string, query: string): Promise<MemberView[]>;
    /** The members of a group, or those who are called like the query, by pages, moved by what happens until it is closed. */
    openMembers(conversationId: string, query?: string): MemberList;
  };

  readonly messages: {
    /** Shown at once, kept until acknowledged, sent as soon as there is a way. A string is plain text. */
    send(
      conversationId: string,
      content: SendableContent | string,
      options?: { replyTo?: number; silent?: boolean },
    ): SentMessage;
    /**
     * Passes messages on, in their order; answers what became of it in each conversation. Under the same `clientForwardId` (a UUID of
     * yours) nothing arrives twice.
     */
    forward(
      from: string,
      seqs: readonly number[],
      to: readonly string[],
      clientForwardId?: string,
    ): Promise<ForwardMessagesResult['results']>;
    /** Who has read a message of one's own. */
    receipts(conversationId: string, seq: number): Promise<Receipts>;
    /** How messages disappear that are sent from now on; null ends it, absent stays as it is. */
    setDisappearing(conversationId: string, how: Omit<SetDisappearingInput, 'conversationId'>): Promise<void>;
    /** Tries a failed one again; repeated calls send once. */
    retry(clientMessageId: string): void;
    retryAll(): void;
    /** Takes a waiting or failed one out of the outbox; returns its content so that it can be edited. */
    discard(clientMessageId: string): SendableContent | undefined;
    /** Puts other words in the place of an own message; resolves when the server has them. */
    edit(conversationId: string, seq: number, content: SendableContent | string): Promise<void>;
    /** Takes a message back, for everybody. */
    revoke(conversationId: string, seq: number): Promise<void>;
    /** Removes messages from one's own view, on all devices. */
    remove(conversationId: string, seqs: readonly number[]): Promise<void>;
    /** Shown at once; taken back when the server refuses, and then it rejects. */
    react(conversationId: string, seq: number, emoji: string, on: boolean): Promise<void>;
    /** Who reacted with an emoji, by pages. */
    reactions(conversationId: string, seq: number, emoji: string, cursor?: string): Promise<ListReactionsResult>;
    pin(conversationId: string, seq: number, pinned: boolean): Promise<void>;
    /** The wordings of a message, the first one first. */
    history(conversationId: string, seq: number): Promise<MessageVersion[]>;
    /** Those of these that one may see. */
    get(conversationId: string, seqs: readonly number[]): Promise<MessageView[]>;
    /** How long messages can be edited and revoked here; asked for once. */
    rules(): Promise<MessageRules>;
    /** Call on each key press; the engine says it at most every three seconds. */
    typing(conversationId: string): void;
  };

  readonly drafts: {
    /** With each key press. Kept here at once, on the server soon; empty takes it away. */
    set(conversationId: string, draft: { text: string; replyTo?: ReplyView | undefined }): void;
    /** Does not wait for a pause: on blur. */
    saveNow(conversationId: string): void;
    /** Changes this one for the `other`, which is then offered in its turn. */
    takeOther(conversationId: string): void;
    dismissOther(conversationId: string): void;
  };

  /** Whether a message may make a sound or show a notification now: by its chat's mute and by do-not-disturb. */
  mayNotify(message: MessageView): boolean;

  readonly presence: {
    /**
     * Keeps the store told of these users' presence until the returned function is called. Views name whom they show; the engine puts
     * them together, at most two hundred, and says it anew on each connection.
     */
    watch(userIds: readonly string[]): () => void;
  };

  /** All of it may be repeated safely; the store hears of it by the stream. */
  readonly contacts: {
    /** Who has asked already is a contact at once. */
    request(userId: string, message?: string): Promise<RequestContactResult>;
    respond(userId: string, accept: boolean): Promise<void>;
    cancelRequest(userId: string): Promise<void>;
    /** Ends the contact on both sides. */
    remove(userId: string): Promise<void>;
    update(userId: string, input: { remark?: string | null; pinned?: boolean }): Promise<ContactView>;
    block(userId: string): Promise<void>;
    unblock(userId: string): Promise<void>;
  };

  /** Messages of the server as they arrive live, once each, in order within a conversation. Own ones too. */
  on(type: 'message', listener: (message: MessageView) => void): () => void;
  /** Every item of the stream, raw. */
  on(type: 'item', listener: (item: StreamItem) => void): () => void;

  /** Epoch milliseconds of the server's clock, as well as it is known here; a device's own may be wrong by hours. */
  serverNow(): number;

  /** Connects (login does it too) and stays connected; resolves once caught up. */
  start(): Promise<void>;
  /** Tries now instead of waiting. */
  retryNow(): void;
  /** For presence and push. */
  setAppState(state: 'foreground' | 'background'): void;
  /** Disconnects and releases everything; what is stored stays. */
  stop(): Promise<void>;
}
