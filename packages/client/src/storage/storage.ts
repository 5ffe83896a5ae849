import type { ConversationView, ErrorCode, MessageView, MyUserView, ReplyView, SendableContent } from '@nexo/shared';
import type { StoredContacts } from '../reducer/contacts.ts';

/** A send that is not acknowledged yet. */
export interface OutboxEntry {
  clientMessageId: string;
  conversationId: string;
  content: SendableContent;
  replyTo?: number;
  silent?: true;
  /** The quoted message as it was seen while writing. */
  replyView?: ReplyView;
  /** Orders the entries of one conversation; ascending in the order of sending. */
  position: number;
  /** Epoch milliseconds, the best guess of the server's clock. */
  createdAt: number;
  /** The client (the tab) that sends it; another one takes it over when that one is gone. */
  owner: string;
  /** Refused for good, with the reason; waits for the person. */
  failure?: { code: ErrorCode; message: string; retryable: boolean };
}

/** Where a client stands: one record, written together with what it covers. */
export interface StoredState {
  epoch: string;
  userChange: number;
  me: MyUserView;
  /** Absent in what a client stored that did not know of contacts. */
  contacts?: StoredContacts;
}

/** What one person's client keeps. Every write is one atomic step; a promise resolves when it is durable. */
export interface Storage {
  loadState(): Promise<StoredState | undefined>;
  loadConversations(): Promise<ConversationView[]>;
  loadOutbox(): Promise<OutboxEntry[]>;
  /** The newest stored messages of a conversation up to `before` (exclusive), ascending; may be fewer than there are on the server. */
  loadMessages(conversationId: string, before: number | undefined, limit: number): Promise<MessageView[]>;
  write(batch: StorageBatch): Promise<void>;
  /** Forgets everything of this person. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export interface StorageBatch {
  state?: StoredState;
  conversations?: ConversationView[];
  removedConversationIds?: string[];
  /** Conversations of which every stored message is void; done before the messages of the same batch. */
  voidedConversationIds?: string[];
  messages?: MessageView[];
  /**
   * Newer versions, written only over an older one that is stored, as the person may have removed what is not; and into what is stored
   * that quotes them.
   */
  changedMessages?: MessageView[];
  removedMessages?: { conversationId: string; seq: number }[];
  /** Messages below a seq that were cleared: they are to be gone from this device, too. */
  cleared?: { conversationId: string; belowSeq: number }[];
  outbox?: OutboxEntry[];
  removedOutboxIds?: string[];
}

/** Opens the storage of one person: nobody sees another's on the same device. */
export type StorageMaker = (userId: string) => Promise<Storage>;
