import type { AppRouter } from '@nexo/api';
import type {
  AuthOptions,
  AuthResult,
  ContactView,
  ConversationView,
  ForwardMessagesResult,
  GroupSize,
  InviteResult,
  JoinGroupInput,
  ListReactionsResult,
  LoginInput,
  MemberView,
  MessageRules,
  MessageVersion,
  MessageView,
  Muted,
  MyUserView,
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
import type { ChatStore, MemberList } from './store.ts';

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

export interface SentMessage {
  clientMessageId: string;
  /** Settles when the message is durable on the server, or when it is refused for good or discarded (then it rejects). */
  acknowledged: Promise<MessageView>;
}
