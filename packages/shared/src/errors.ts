import type { Reason } from './permissions.ts';

/**
 * The one table of error codes. A refusal reaches a client as a tRPC error whose `data.nexo` is a {@link NexoErrorData}.
 * `retryable` tells whether the very same request may succeed later without anybody changing anything.
 * What to do about each code is in `docs/errors.md`.
 */
export const errorCodes = {
  /** The input breaks its schema; `field` names the first offender. */
  INVALID_INPUT: { trpc: 'BAD_REQUEST', retryable: false },
  /** No session, an expired access token or a revoked session: refresh, or log in again. */
  UNAUTHENTICATED: { trpc: 'UNAUTHORIZED', retryable: false },
  /** User id and password do not belong together. The same for an unknown user. */
  WRONG_CREDENTIALS: { trpc: 'UNAUTHORIZED', retryable: false },
  /** The session of this refresh token has been revoked; or the token was already used, and the session is revoked for it. */
  SESSION_REVOKED: { trpc: 'UNAUTHORIZED', retryable: false },
  /** The session of this refresh token ended because the same user logged in elsewhere. */
  SESSION_REPLACED: { trpc: 'UNAUTHORIZED', retryable: false },
  /** Whoever runs the server, or the customer's own server, has shut this user out. Told only to who could have come in. */
  SUSPENDED: { trpc: 'FORBIDDEN', retryable: false },
  /** This refresh token was exchanged a moment ago, and what it was exchanged for is in use; `retryAfterMs` says when that is taken for theft. */
  TOKEN_USED: { trpc: 'CONFLICT', retryable: true },
  /** Allowed to know of it, not allowed to do it. */
  FORBIDDEN: { trpc: 'FORBIDDEN', retryable: false },
  /** It does not exist, or you may not know that it does. */
  NOT_FOUND: { trpc: 'NOT_FOUND', retryable: false },
  /** Ending other sessions needs the account's password: ask the person, and call again with `password`. */
  PASSWORD_REQUIRED: { trpc: 'FORBIDDEN', retryable: false },
  USER_ID_TAKEN: { trpc: 'CONFLICT', retryable: false },
  WEAK_PASSWORD: { trpc: 'BAD_REQUEST', retryable: false },
  /** This clientMessageId was sent before with other content. */
  IDEMPOTENCY_MISMATCH: { trpc: 'CONFLICT', retryable: false },
  MESSAGE_TOO_LARGE: { trpc: 'PAYLOAD_TOO_LARGE', retryable: false },
  /** The message that this one answers is not in the conversation or not visible. */
  REPLY_NOT_FOUND: { trpc: 'BAD_REQUEST', retryable: false },
  /** So many chats are pinned already. */
  PINS_FULL: { trpc: 'CONFLICT', retryable: false },
  GROUP_FULL: { trpc: 'CONFLICT', retryable: false },
  /** The time in which it could be edited or revoked is over. */
  TOO_LATE: { trpc: 'FORBIDDEN', retryable: false },
  /** The message was revoked: nothing can be done with it any more. */
  MESSAGE_REVOKED: { trpc: 'CONFLICT', retryable: false },
  /** As many as there may be are there: kinds of reactions, pins, edits. `field` names what was one too many. */
  LIMIT_REACHED: { trpc: 'CONFLICT', retryable: false },
  /** Cookies cannot be set over a WebSocket; call over HTTP. */
  HTTP_REQUIRED: { trpc: 'BAD_REQUEST', retryable: false },
  /** A cookie came with a request from an origin that is not on the list. */
  ORIGIN_REFUSED: { trpc: 'FORBIDDEN', retryable: false },
  /** Too many of these from this account or address; `retryAfterMs` says when. */
  RATE_LIMITED: { trpc: 'TOO_MANY_REQUESTS', retryable: true },
  /** The node cannot do this soon enough and has not begun; `retryAfterMs` says when. */
  OVERLOADED: { trpc: 'SERVICE_UNAVAILABLE', retryable: true },
  /** The database does not answer. The outcome is unknown: send again with the same clientMessageId. */
  UNAVAILABLE: { trpc: 'SERVICE_UNAVAILABLE', retryable: true },
  /** This person does not take this from the caller. Whether by a setting or by a block is not told. */
  NOT_REACHABLE: { trpc: 'FORBIDDEN', retryable: false },
  /** This person lets only their contacts write, and the caller is none: ask to become one. */
  CONTACTS_ONLY: { trpc: 'FORBIDDEN', retryable: false },
  /** The caller has blocked this person: unblock first. */
  BLOCKED_BY_YOU: { trpc: 'FORBIDDEN', retryable: false },
  /** There is no room for one more contact, request or block, on this side or the other. */
  LIST_FULL: { trpc: 'CONFLICT', retryable: false },
  /** The procedure does not exist: the client is newer than the server, or misspelt. */
  UNKNOWN_PROCEDURE: { trpc: 'NOT_FOUND', retryable: false },
  /** A fault of the server; its cause is in the server's log under `requestId`, never in the answer. */
  INTERNAL: { trpc: 'INTERNAL_SERVER_ERROR', retryable: true },
  /** You, or everybody but the admins, may not write in this group now; `until` says when you may again, if that is known. */
  MUTED: { trpc: 'FORBIDDEN', retryable: false },
  /** The group was dismissed: what was said stays readable, nothing else can be done. */
  GROUP_DISMISSED: { trpc: 'FORBIDDEN', retryable: false },
  /** The invitation link is spent, expired or revoked, or never was. */
  LINK_INVALID: { trpc: 'NOT_FOUND', retryable: false },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** What stands in `error.data.nexo` of a refusal. Times are milliseconds. */
export interface NexoErrorData {
  code: ErrorCode;
  retryable: boolean;
  retryAfterMs?: number;
  /** Path of the input field that is wrong, like `content.text`. */
  field?: string;
  /** Names the log entry of an INTERNAL fault. */
  requestId?: string;
  /** Which rule of a group forbids it: a key of `reasonWords`. */
  reason?: Reason;
  /** Until when it is forbidden. Epoch milliseconds. */
  until?: number;
}

export interface AppErrorOptions {
  message?: string;
  retryAfterMs?: number;
  field?: string;
  reason?: Reason;
  until?: number;
  cause?: unknown;
}

/** A refusal by a rule. Rules throw it; the edges (tRPC, gateway) translate it. `message` may be shown to a developer. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly field: string | undefined;
  readonly reason: Reason | undefined;
  readonly until: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(options.message ?? code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.field = options.field;
    this.reason = options.reason;
    this.until = options.until;
  }

  toData(): NexoErrorData {
    const data: NexoErrorData = { code: this.code, retryable: errorCodes[this.code].retryable };
    if (this.retryAfterMs !== undefined) data.retryAfterMs = this.retryAfterMs;
    if (this.field !== undefined) data.field = this.field;
    if (this.reason !== undefined) data.reason = this.reason;
    if (this.until !== undefined) data.until = this.until;
    return data;
  }
}
