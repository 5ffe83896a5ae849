import type { Db } from '@nexo/db';
import type { Audience, CustomKind, MessageRules, Platform, PresenceView, Scope, StreamItem } from '@nexo/shared';
import type { MultiLoginPolicy } from './auth/multi-login.ts';
import type { Passwords } from './auth/passwords.ts';
import type { SessionCache } from './auth/session-cache.ts';
import type { Bus } from './bus.ts';
import type { Lanes } from './messages/lanes.ts';
import type { TypingReach } from './messages/typing-reach.ts';
import type { PresenceStore } from './presence/presence-store.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Turns } from './turns.ts';

/** Time, as rules see it. Turned by hand in tests. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
}

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Who asks: a session that was found by its access token and is neither expired nor revoked. */
export interface Session {
  id: string;
  userId: string;
  platform: Platform;
  transport: 'token' | 'cookie';
}

/** The customer's own server, as found by its key, which is not revoked. */
export interface ApiKey {
  id: string;
  name: string;
  scopes: readonly Scope[];
}

/** The live stream of a session: made by the gateway, which knows who is connected. */
export interface EventStreams {
  /** Items for this session from now on, in arrays of at least one. Ends when the session does. */
  open(session: Session, signal: AbortSignal | undefined): AsyncIterable<StreamItem[]>;
  /**
   * Whether a person looks at the connection by which the call came. A call over HTTP speaks for all connections that its session
   * has on this node; so do the next two.
   */
  setAppState(session: Session, state: 'foreground' | 'background'): void;
  /** Tells the connection of these people's presence, in place of those named before. Answers how it is now, in the order named. */
  watchPresence(session: Session, userIds: readonly string[]): Promise<PresenceView[]>;
  /** True when it is known here, without asking the database, that this user is a member now; false says nothing. */
  isMember(userId: string, conversationId: string): boolean;
}

export interface Settings {
  /** Whether people may make accounts themselves. */
  registrationOpen: boolean;
  /** Whether cookies are Secure and bear the `__Host-` prefix: true when people reach the server by https. */
  secureCookies: boolean;
  /** Which older sessions a new login ends. */
  multiLogin: MultiLoginPolicy;
  /** How many members groups take. By default those of `limits`. */
  groupMaxMembers?: { normal: number; large: number };
  /** How long messages can be edited and revoked. */
  messageRules: MessageRules;
  /** What new accounts begin with; everybody may choose otherwise. */
  newAccounts: { messagesFrom: Audience; contactRequestsFrom: Audience };
  /** Sessions that a user may have; one more ends the one not seen for longest. Default and most: `limits.sessionsMaxPerUser`. */
  sessionsMaxPerUser?: number;
  /** How long after its login a session ends, however often it is refreshed. Default: `limits.sessionMaxMs`. */
  sessionMaxMs?: number;
}

/** Kinds of content that the developer of this installation has declared, by name. */
export type CustomKinds = ReadonlyMap<string, CustomKind>;

/** Everything impure, made in one place per process and replaced in tests. */
export interface Services {
  db: Db;
  lanes: Lanes;
  bus: Bus;
  clock: Clock;
  /** A new UUIDv7. */
  newId(): string;
  log: Log;
  rateLimits: RateLimits;
  /** Hashes passwords, a bounded number at a time. */
  passwords: Passwords;
  /** What access tokens were found to be within the last second. */
  sessionCache: SessionCache;
  /** Keeps one user's calls from taking everybody's connections. */
  turns: Turns;
  streams: EventStreams;
  /** Who is connected, anywhere. */
  presence: PresenceStore;
  /** Which conversations are told who types. */
  typingReach: TypingReach;
  /** Conversations in which something was read and the clocks of private mode could not be started yet. */
  unstarted: Set<string>;
  settings: Settings;
  customKinds: CustomKinds;
}

/** Cookies of one HTTP exchange. */
export interface CookieJar {
  get(name: string): string | undefined;
  /** `maxAgeMs` 0 removes it. Always HttpOnly, SameSite=Lax, Path=/; Secure as the settings say. */
  set(name: string, value: string, maxAgeMs: number): void;
}

/** One HTTP request, which may bring several calls: what they cost together, and whether anybody still waits for them. */
export interface Exchange {
  /** To be said before a call begins; throws AppError when it must not. */
  begin(): void;
  /** To be said when it is over, and what its result weighs. */
  end(bytes: number): void;
}

/** The bag of one call. */
export interface RequestContext extends Services {
  session: Session | null;
  /** The key of a customer's server; who has one has no session. */
  apiKey?: ApiKey | undefined;
  /** The caller's network address, for limits. */
  address: string;
  /** Absent on a WebSocket, where cookies cannot be set. */
  cookies: CookieJar | null;
  /** Absent on a WebSocket, which has bounds of its own. */
  exchange?: Exchange | undefined;
}

/** The bag of a call by somebody who is logged in. */
export interface UserContext extends RequestContext {
  session: Session;
}

/** The bag of a call by the customer's own server. */
export interface BackendContext extends RequestContext {
  apiKey: ApiKey;
}
