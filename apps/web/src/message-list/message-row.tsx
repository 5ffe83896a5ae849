'use client';

import type { TimelineMessage } from '@nexo/client';
import { useUser } from '@nexo/client/react';
import type { ErrorCode, ReplyView } from '@nexo/shared';
import clsx from 'clsx';
import { Check, CheckCheck, CircleAlert, Clock, Copy, Pencil, Reply, Trash2 } from 'lucide-react';
import { memo, useState } from 'react';
import { BlockedVeil } from '../contacts/blocked-veil.tsx';
import { nameColor } from '../lib/names.ts';
import { clockTime, fullTime } from '../lib/time.ts';
import { useDisplayName } from '../people/use-display-name.ts';
import { Avatar } from '../ui/avatar.tsx';
import { excerpt } from './content-text.ts';
import { isJumboEmoji, splitLinks } from './message-text.ts';

/** What can be done with a message; the same functions for the whole life of a list. */
export interface MessageActions {
  reply(message: TimelineMessage): void;
  copy(message: TimelineMessage): void;
  retry(message: TimelineMessage): void;
  edit(message: TimelineMessage): void;
  remove(message: TimelineMessage): void;
  jumpTo(seq: number): void;
}

interface Props {
  message: TimelineMessage;
  own: boolean;
  first: boolean;
  last: boolean;
  /** Whether Tab stops here. */
  tabbable: boolean;
  highlight: boolean;
  enter: 'own' | 'other' | undefined;
  actions: MessageActions;
}

/** One message: the same nodes from the first key press to the other side's reading. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { message, own, first, last, tabbable, highlight, enter, actions } = props;
  const [active, setActive] = useState(false);
  const sender = useUser(message.senderId);
  const name = useDisplayName(message.senderId);
  const id = `m-${message.key}`;
  const text = message.content.type === 'text' ? message.content.text : '';
  const jumbo = isJumboEmoji(text);

  return (
    <li
      className="msg"
      data-row={message.key}
      data-mid={message.key}
      data-testid={`message:${message.key}`}
      data-state={message.state}
      data-seq={message.seq}
      data-pending={message.seq === undefined}
      data-own={own}
      data-first={first}
      data-last={last}
      data-jumbo={jumbo}
      data-highlight={highlight}
      data-enter={enter}
      aria-setsize={-1}
      aria-posinset={message.seq}
    >
      <article
        className="msg-article"
        aria-labelledby={`${id}-author ${id}-body ${id}-meta`}
        tabIndex={tabbable ? 0 : -1}
        onPointerEnter={() => setActive(true)}
        onPointerLeave={() => setActive(false)}
        onFocus={() => setActive(true)}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setActive(false);
        }}
      >
        <div className="msg-avatar" aria-hidden="true">
          <Avatar id={message.senderId} name={name} url={sender?.avatarUrl} size={36} />
          <span className="msg-gutter-time tabular">{clockTime(message.sentAt)}</span>
        </div>
        <div className="msg-box">
          <div className="msg-name" style={{ color: nameColor(message.senderId) }}>
            <span id={`${id}-author`}>{name}</span>
            <time aria-hidden="true" title={fullTime(message.sentAt)}>
              {clockTime(message.sentAt)}
            </time>
          </div>
          {message.replyTo === undefined ? null : <QuoteBlock reply={message.replyTo} onJump={actions.jumpTo} />}
          <div className="msg-line">
            <div id={`${id}-body`} className="msg-body" data-jumbo={jumbo}>
              <BlockedVeil userId={message.senderId} conversationId={message.conversationId}>
                {message.content.type === 'text' ? <MessageText text={text} /> : <UnknownKind />}
              </BlockedVeil>
            </div>
            <div id={`${id}-meta`} className="msg-meta">
              <time dateTime={new Date(message.sentAt).toISOString()} title={fullTime(message.sentAt)}>
                {clockTime(message.sentAt)}
              </time>
              {own ? <StateMark state={message.state} /> : null}
            </div>
          </div>
          {message.state === 'failed' ? <Failure message={message} actions={actions} /> : null}
        </div>
        {active ? <Toolbar message={message} own={own} actions={actions} /> : null}
      </article>
    </li>
  );
});

function MessageText({ text }: { text: string }) {
  return splitLinks(text).map((part, index) =>
    part.href === undefined ? (
      part.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text never move.
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow" tabIndex={-1}>
        <bdi>{part.text}</bdi>
      </a>
    ),
  );
}

/** A kind that only a newer version of this page knows. */
function UnknownKind() {
  return (
    <>
      <span className="text-muted">A message of a kind this version does not know.</span>{' '}
      <button type="button" tabIndex={-1} className="text-link underline" onClick={() => window.location.reload()}>
        Update to see this
      </button>
    </>
  );
}

function QuoteBlock({ reply, onJump }: { reply: ReplyView; onJump: (seq: number) => void }) {
  const author = useUser(reply.senderId);
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-quote"
      style={{ ['--quote-color' as string]: nameColor(reply.senderId) }}
      onClick={() => onJump(reply.seq)}
      data-testid={`quote:${reply.seq}`}
    >
      <span className="msg-quote-name">{author?.displayName ?? reply.senderId}</span>
      <span>{excerpt(reply.excerpt)}</span>
    </button>
  );
}

const stateWords: Record<TimelineMessage['state'], string> = {
  local: '',
  sending: 'Sending',
  waiting: 'Waiting for network',
  sent: 'Sent',
  read: 'Read',
  failed: 'Not sent',
};

/** How far an own message is. Its place is reserved, so nothing moves when it changes. */
function StateMark({ state }: { state: TimelineMessage['state'] }) {
  const icon =
    state === 'sending' || state === 'waiting' ? (
      <Clock size={12} aria-hidden="true" />
    ) : state === 'sent' ? (
      <Check size={16} aria-hidden="true" />
    ) : state === 'read' ? (
      <CheckCheck size={16} aria-hidden="true" />
    ) : state === 'failed' ? (
      <CircleAlert size={14} aria-hidden="true" className="text-danger" />
    ) : null;
  return (
    <span className="msg-state" data-state={state} title={stateWords[state]}>
      {icon}
      {state === 'waiting' ? <span aria-hidden="true">Waiting</span> : null}
      <span className="sr-only">{stateWords[state]}</span>
    </span>
  );
}

/** Why the server will never take a message, in words. */
const permanentReasons: Partial<Record<ErrorCode, string>> = {
  FORBIDDEN: 'Not sent: you can’t write here any more.',
  NOT_FOUND: 'Not sent: this conversation no longer exists or you don’t have access.',
  MESSAGE_TOO_LARGE: 'Not sent: this message is too long.',
  INVALID_INPUT: 'Not sent: this message was not accepted.',
  REPLY_NOT_FOUND: 'Not sent: the message you answered is gone.',
  IDEMPOTENCY_MISMATCH: 'Not sent: another message went out under the same number.',
  NOT_REACHABLE: 'Not sent: this person doesn’t take messages from you.',
  BLOCKED_BY_YOU: 'Not sent: you blocked this person.',
};

function Failure({ message, actions }: { message: TimelineMessage; actions: MessageActions }) {
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

function Toolbar({ message, own, actions }: { message: TimelineMessage; own: boolean; actions: MessageActions }) {
  const unsent = own && (message.state === 'waiting' || message.state === 'sending');
  return (
    <div className="msg-toolbar" role="toolbar" aria-label="Message actions">
      {message.seq !== undefined ? <Tool label="Reply" icon={Reply} onClick={() => actions.reply(message)} /> : null}
      {message.content.type === 'text' ? <Tool label="Copy text" icon={Copy} onClick={() => actions.copy(message)} /> : null}
      {unsent ? (
        <>
          <Tool label="Edit" icon={Pencil} onClick={() => actions.edit(message)} />
          <Tool label="Delete" icon={Trash2} onClick={() => actions.remove(message)} danger />
        </>
      ) : null}
    </div>
  );
}

function Tool({
  label,
  icon: Icon,
  onClick,
  danger = false,
}: {
  label: string;
  icon: typeof Reply;
  onClick: () => void;
  danger?: boolean;
}) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={onClick}
      className={clsx(danger && 'text-danger')}
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}
