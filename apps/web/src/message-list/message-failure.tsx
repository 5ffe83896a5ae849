'use client';

import type { TimelineMessage } from '@nexo/client';
import type { ErrorCode } from '@nexo/shared';
import type { MessageActions } from './message-actions.ts';

/** Why the server will never take a message, in words. */
const permanentReasons: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: 'Not sent: you can’t write here any more.',
  NOT_FOUND: 'Not sent: this conversation no longer exists or you don’t have access.',
  MESSAGE_TOO_LARGE: 'Not sent: this message is too long.',
  INVALID_INPUT: 'Not sent: this message was not accepted.',
  REPLY_NOT_FOUND: 'Not sent: the message you answered is gone.',
  MUTED: 'Not sent: you can’t write in this group now.',
  GROUP_DISMISSED: 'Not sent: this group was dismissed.',
  IDEMPOTENCY_MISMATCH: 'Not sent: another message went out under the same number.',
  NOT_REACHABLE: 'Not sent: this person doesn’t take messages from you.',
  CONTACTS_ONLY: 'Not sent: only contacts may write to this person. Send a contact request first.',
  BLOCKED_BY_YOU: 'Not sent: you blocked this person.',
};

/** That a message was not sent, why, and what can be done about it. */
export function MessageFailure({ message, actions }: { message: TimelineMessage; actions: MessageActions }) {
  const { failure } = message;
  const retryable = failure?.retryable !== false;
  const words = retryable ? 'Not sent.' : (permanentReasons[failure.code] ?? 'Not sent: the server refused this message.');
  return (
    <div className="msg-failure" data-testid={`failure:${message.key}`} data-code={failure?.code}>
      <span>{words}</span>
      {retryable ? (
        <>
          <button type="button" onClick={() => actions.retry(message)}>
            Retry
          </button>
          <button type="button" onClick={() => actions.edit(message)}>
            Edit
          </button>
        </>
      ) : (
        <button type="button" onClick={() => actions.copy(message)}>
          Copy
        </button>
      )}
      <button type="button" onClick={() => actions.remove(message)}>
        Delete
      </button>
    </div>
  );
}
