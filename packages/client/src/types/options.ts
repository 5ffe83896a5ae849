import type { Platform, ReplyView } from '@nexo/shared';
import type { StorageMaker } from '../storage/storage.ts';

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

/** Where the session is remembered. */
export interface SessionMemory {
  load(): Promise<RememberedSession | null>;
  save(session: RememberedSession | null): Promise<void>;
}

/** What is remembered between visits so that nobody logs in twice. In cookie mode it holds no secret. */
export interface RememberedSession {
  userId: string;
  /** Only with the `token` transport. */
  refreshToken?: string;
}

/** Where drafts are kept that the server does not have yet; at once, as the page may be gone the next moment. */
export interface DraftMemory {
  /** By conversation. */
  load(userId: string): Map<string, UnsavedDraft>;
  /** Null: there is none to keep. */
  save(userId: string, conversationId: string, draft: UnsavedDraft | null): void;
  forget(userId: string): void;
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
