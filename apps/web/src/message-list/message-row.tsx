'use client';

import type { TimelineMessage } from '@nexo/client';
import { useMe, useUser } from '@nexo/client/react';
import { type ErrorCode, isMentioned, type ReplyView } from '@nexo/shared';
import clsx from 'clsx';
import {
  BellOff,
  Check,
  CheckCheck,
  CircleAlert,
  Clock,
  Ellipsis,
  Forward,
  Pencil,
  Reply,
  SmilePlus,
  Trash2,
} from 'lucide-react';
import { type MouseEvent, memo, useCallback, useRef, useState } from 'react';
import { BlockedVeil } from '../contacts/blocked-veil.tsx';
import { useHidden, useVeiled, veiledWords } from '../contacts/use-veiled.ts';
import { ContentView } from '../content/content-view.tsx';
import { LifeMark } from '../disappearing/life-mark.tsx';
import { useIsOver } from '../disappearing/use-is-over.ts';
import { isForwardable } from '../forward/is-forwardable.ts';
import { nameColor } from '../lib/names.ts';
import { clockTime, fullTime } from '../lib/time.ts';
import { useLife } from '../message-life/life-store.ts';
import { ReactionsRow } from '../message-life/reactions-row.tsx';
import { quickEmoji, useRecentEmoji } from '../message-life/recent-emoji.ts';
import { useLongPress } from '../message-life/use-long-press.ts';
import { useDisplayName, useNameIn } from '../people/use-display-name.ts';
import { Avatar } from '../ui/avatar.tsx';
import { excerpt } from './content-text.ts';
import { isJumboEmoji } from './message-text.ts';

/** What can be done with a message; the same functions for the whole life of a list. */
export interface MessageActions {
  reply(message: TimelineMessage): void;
  copy(message: TimelineMessage): void;
  retry(message: TimelineMessage): void;
  edit(message: TimelineMessage): void;
  remove(message: TimelineMessage): void;
  forward(message: TimelineMessage): void;
  details(message: TimelineMessage): void;
  /** `orNext`: what stands there may have disappeared, and then the next one will do. */
  jumpTo(seq: number, orNext?: boolean): void;
  /** Sets one's reaction, or takes it back. */
  toggle(message: TimelineMessage, emoji: string): void;
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
  canReply: boolean;
  canReact: boolean;
  actions: MessageActions;
}

/** Nothing is left of it but its place. */
function isGone({ content }: TimelineMessage): boolean {
  return content.type === 'revoked' || content.type === 'expired';
}

/** What is shown of a message whose time is over, until the server has said so. */
const nothingLeft = { type: 'expired' } as const;

/** One message: the same nodes from the first key press to the other side's reading. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { message, own, first, last, tabbable, highlight, enter, canReply, canReact, actions } = props;
  const [active, setActive] = useState(false);
  const sender = useUser(message.senderId);
  const meId = useMe()?.id;
  const isOver = useIsOver(message.expiresAt);
  const name = useNameIn(message.conversationId, message.senderId);
  const id = `m-${message.key}`;
  const text = message.content.type === 'text' ? message.content.text : '';
  const jumbo = isJumboEmoji(text);
  const isThere = !isGone(message);
  const messageRef = useRef(message);
  messageRef.current = message;
  const openMenu = useCallback((at: { x: number; y: number }) => {
    const { popup, popUp } = useLife.getState();
    // A phone may say the same press twice: as a resting finger, and as a context menu.
    if (popup?.message.key !== messageRef.current.key) popUp('menu', messageRef.current, at);
  }, []);
  const longPress = useLongPress(openMenu);

  function onContextMenu(event: MouseEvent) {
    // The browser's own menu is better for a link, and for what one has selected.
    const hasSelection = window.getSelection()?.isCollapsed === false;
    if (event.target instanceof Element && (event.target.closest('a') !== null || hasSelection)) return;
    event.preventDefault();
    openMenu({ x: event.clientX, y: event.clientY });
  }

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
      data-edited={message.editedAt !== undefined}
      data-mentions-me={meId !== undefined && !own && isMentioned(message.content, meId)}
      data-highlight={highlight}
      data-enter={enter}
      aria-setsize={-1}
      aria-posinset={message.seq}
    >
      <article
        className="msg-article"
        aria-labelledby={`${id}-author ${id}-body ${id}-meta`}
        tabIndex={tabbable ? 0 : -1}
        {...longPress}
        onContextMenu={onContextMenu}
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
          {message.forwardedFromId === undefined ? null : <ForwardedFrom userId={message.forwardedFromId} />}
          {message.replyTo === undefined ? null : (
            <QuoteBlock conversationId={message.conversationId} reply={message.replyTo} onJump={actions.jumpTo} />
          )}
          <div className="msg-line">
            <div id={`${id}-body`} className="msg-body" data-jumbo={jumbo}>
              <BlockedVeil message={message}>
                <Content message={message} own={own} isOver={isOver} />
              </BlockedVeil>
            </div>
            <div id={`${id}-meta`} className="msg-meta">
              {message.editedAt === undefined ? null : <EditedMark message={message} at={message.editedAt} />}
              <time dateTime={new Date(message.sentAt).toISOString()} title={fullTime(message.sentAt)}>
                {clockTime(message.sentAt)}
              </time>
              <LifeMark afterReadMs={message.disappearsAfterReadMs} expiresAt={message.expiresAt} />
              {message.silent === true ? <SilentMark /> : null}
              {own && isThere ? <StateMark state={message.state} readBy={message.readBy} /> : null}
            </div>
          </div>
          <ReactionsRow message={message} canReact={canReact} onToggle={actions.toggle} />
          {message.state === 'failed' ? <Failure message={message} actions={actions} /> : null}
        </div>
        {active ? <Toolbar message={message} own={own} canReply={canReply} canReact={canReact} actions={actions} /> : null}
      </article>
    </li>
  );
});

function Content({ message, own, isOver }: { message: TimelineMessage; own: boolean; isOver: boolean }) {
  const { content, senderId, conversationId } = message;
  if (content.type === 'notice') return null;
  if (content.type === 'revoked') return <Deleted in={conversationId} by={content.revokedBy} senderId={senderId} own={own} />;
  return <ContentView content={isOver ? nothingLeft : content} />;
}

/** What stands in the place of a message that was taken back. */
function Deleted({ in: conversationId, by, senderId, own }: { in: string; by: string; senderId: string; own: boolean }) {
  const name = useNameIn(conversationId, by);
  const words = by !== senderId ? `Message deleted by ${name}` : own ? 'You deleted this message' : 'Message deleted';
  return <span className="msg-deleted">{words}</span>;
}

function EditedMark({ message, at }: { message: TimelineMessage; at: number }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-edited"
      title={`Edited ${fullTime(at)}. Show what it said before`}
      onClick={() => useLife.getState().ask({ what: 'history', message })}
    >
      edited
    </button>
  );
}

/** Who said it first. */
function ForwardedFrom({ userId }: { userId: string }) {
  const first = useDisplayName(userId);
  return (
    <p className="msg-forwarded">
      <Forward size={12} aria-hidden="true" />
      <span>
        Forwarded from <bdi>{first}</bdi>
      </span>
    </p>
  );
}

function SilentMark() {
  return (
    <span className="msg-mark" title="Sent without sound">
      <BellOff size={12} aria-hidden="true" />
      <span className="sr-only">Sent without sound</span>
    </span>
  );
}

function QuoteBlock({
  conversationId,
  reply,
  onJump,
}: {
  conversationId: string;
  reply: ReplyView;
  onJump: (seq: number) => void;
}) {
  const author = useNameIn(conversationId, reply.senderId);
  const isVeiled = useVeiled(conversationId, reply.senderId);
  const said = isVeiled ? veiledWords : reply.excerpt === '' ? 'This message is gone' : excerpt(reply.excerpt);
  return (
    <button
      type="button"
      tabIndex={-1}
      className="msg-quote"
      style={{ ['--quote-color' as string]: nameColor(reply.senderId) }}
      onClick={() => onJump(reply.seq)}
      data-testid={`quote:${reply.seq}`}
    >
      <span className="msg-quote-name">{author}</span>
      <span className={clsx(reply.revoked === true && 'msg-deleted')}>{reply.revoked === true ? 'Message deleted' : said}</span>
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
function StateMark({ state, readBy }: { state: TimelineMessage['state']; readBy: number | undefined }) {
  const words = readBy === undefined ? stateWords[state] : `Read by ${readBy}`;
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
    <span className="msg-state" data-state={state} title={words}>
      {icon}
      {state === 'waiting' ? <span aria-hidden="true">Waiting</span> : null}
      <span className="sr-only">{words}</span>
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
  MUTED: 'Not sent: you can’t write in this group now.',
  GROUP_DISMISSED: 'Not sent: this group was dismissed.',
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

/** Reactions that are one press away. */
const quickInToolbar = 3;

function Toolbar({
  message,
  own,
  canReply,
  canReact,
  actions,
}: {
  message: TimelineMessage;
  own: boolean;
  canReply: boolean;
  canReact: boolean;
  actions: MessageActions;
}) {
  const unsent = own && (message.state === 'waiting' || message.state === 'sending');
  const recent = useRecentEmoji((state) => state.recent);
  const isHidden = useHidden(message);
  const alive = message.seq !== undefined && !isGone(message);
  const popUp = (what: 'menu' | 'picker') => (event: MouseEvent) => useLife.getState().popUp(what, message, event.currentTarget);
  return (
    <div className="msg-toolbar" role="toolbar" aria-label="Message actions">
      {alive && canReact
        ? quickEmoji(recent, quickInToolbar).map((emoji) => (
            <button
              key={emoji}
              type="button"
              tabIndex={-1}
              className="msg-quick"
              aria-label={`React with ${emoji}`}
              title={`React with ${emoji}`}
              onClick={() => actions.toggle(message, emoji)}
            >
              {emoji}
            </button>
          ))
        : null}
      {alive && canReact ? <Tool label="React" icon={SmilePlus} onClick={popUp('picker')} /> : null}
      {alive && canReply ? <Tool label="Reply" icon={Reply} onClick={() => actions.reply(message)} /> : null}
      {isForwardable(message) && !isHidden ? (
        <Tool label="Forward" icon={Forward} onClick={() => actions.forward(message)} />
      ) : null}
      {message.seq !== undefined ? <Tool label="More" icon={Ellipsis} onClick={popUp('menu')} /> : null}
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
  onClick: (event: MouseEvent) => void;
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
