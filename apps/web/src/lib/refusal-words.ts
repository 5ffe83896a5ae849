import { type ErrorCode, type NexoErrorData, reasonWords } from '@nexo/shared';

/** A refusal as a person reads it. */
export interface Refusal {
  /** Undefined: no answer came at all. */
  code: ErrorCode | undefined;
  words: string;
  /** The last part of the input's path that is wrong. */
  field: string | undefined;
}

const words: Record<Exclude<ErrorCode, 'RATE_LIMITED' | 'INVALID_INPUT'>, string> = {
  WRONG_CREDENTIALS: 'User name and password do not belong together.',
  USER_ID_TAKEN: 'This user name is taken. Choose another.',
  WEAK_PASSWORD: 'Choose a password of at least 8 characters that is not a common one.',
  PASSWORD_REQUIRED: 'Enter your password to do this.',
  UNAUTHENTICATED: 'You were signed out. Sign in again.',
  SESSION_REVOKED: 'You were signed out. Sign in again.',
  SESSION_REPLACED: 'You signed in elsewhere, which took the place of this session. Sign in again.',
  SUSPENDED: 'This account is suspended. Ask whoever runs this server.',
  TOKEN_USED: 'You are signed in elsewhere with this session. Try again in a minute.',
  FORBIDDEN: 'You are not allowed to do this.',
  NOT_FOUND: 'This does not exist or you don’t have access.',
  TOO_LATE: 'It is too late for this: the time in which it could be changed is over.',
  MESSAGE_REVOKED: 'This message was deleted.',
  LIMIT_REACHED: 'There are as many as there may be. Take another away first.',
  PINS_FULL: 'You have pinned as many chats as possible. Unpin one first.',
  GROUP_FULL: 'This group is full.',
  NOT_REACHABLE: 'This person doesn’t take this from you.',
  CONTACTS_ONLY: 'Only contacts may write to this person. Send a contact request first.',
  BLOCKED_BY_YOU: 'You blocked this person. Unblock them first.',
  LIST_FULL: 'There is no room for one more. Remove some first, or wait for answers.',
  REPLY_NOT_FOUND: 'The message that this answers is gone.',
  IDEMPOTENCY_MISMATCH: 'Another message went out under the same number. Send this one again.',
  MESSAGE_TOO_LARGE: 'This message is too long.',
  ORIGIN_REFUSED: 'This address is not allowed to reach the server. Ask whoever runs it to add it to PUBLIC_ORIGINS.',
  OVERLOADED: 'The server is very busy. Try again in a moment.',
  UNAVAILABLE: 'The server cannot reach its database. Try again in a moment.',
  UNKNOWN_PROCEDURE: 'Nexo was updated. Reload this page.',
  HTTP_REQUIRED: 'Nexo was updated. Reload this page.',
  INTERNAL: 'The server met a fault of its own. Try again in a moment.',
  MUTED: 'You cannot write in this group now.',
  GROUP_DISMISSED: 'This group was dismissed.',
  LINK_INVALID: 'This invitation link is not good any more. Ask for a new one.',
};

/** What to tell a person about anything that a call of the engine threw. Never a bare code. */
export function refusalOf(error: unknown): Refusal {
  const data = dataOf(error);
  if (data === undefined) {
    return { code: undefined, words: 'Nexo can’t be reached right now. Check your network and try again.', field: undefined };
  }
  return { code: data.code, words: wordsOf(data), field: data.field?.split('.').at(-1) };
}

function wordsOf(data: NexoErrorData): string {
  if (data.code === 'RATE_LIMITED') {
    const seconds = Math.max(1, Math.ceil((data.retryAfterMs ?? 1000) / 1000));
    return `Too many tries. You can try again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`}.`;
  }
  if (data.code === 'INVALID_INPUT') return 'This was not accepted. Check what you typed.';
  // Of a reason that only a newer server knows, the code tells enough.
  const reason = data.reason === undefined ? undefined : reasonWords[data.reason];
  if (reason !== undefined) return `${reason}.`;
  // A newer server may have a code that is not here.
  return words[data.code] ?? words.INTERNAL;
}

/** A tRPC error carries the refusal in `data.nexo`; the engine may also throw an AppError itself. */
function dataOf(error: unknown): NexoErrorData | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('data' in error && typeof error.data === 'object' && error.data !== null && 'nexo' in error.data) {
    return error.data.nexo as NexoErrorData;
  }
  if (error instanceof Error && error.name === 'AppError' && 'toData' in error && typeof error.toData === 'function') {
    return (error.toData as () => NexoErrorData).call(error);
  }
  return undefined;
}
