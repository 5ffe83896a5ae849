'use client';

import type { TimelineMessage } from '@nexo/client';
import { useMe, useUser } from '@nexo/client/react';
import { isMentioned } from '@nexo/shared';
import { type MouseEvent, memo, useCallback, useRef, useState } from 'react';
import { BlockedVeil } from '../contacts/blocked-veil.tsx';
import { ContentView } from '../content/content-view.tsx';
import { LifeMark } from '../disappearing/life-mark.tsx';
import { useIsOver } from '../disappearing/use-is-over.ts';
import { nameColor } from '../lib/names.ts';
import { clockTime, fullTime } from '../lib/time.ts';
import { useLife } from '../message-life/life-store.ts';
import { ReactionsRow } from '../message-life/reactions-row.tsx';
import { useLongPress } from '../message-life/use-long-press.ts';
import { useNameIn } from '../people/use-display-name.ts';
import { Avatar } from '../ui/avatar.tsx';
import { isGone, type MessageActions } from './message-actions.ts';
import { MessageFailure } from './message-failure.tsx';
import { EditedMark, SilentMark, StateMark } from './message-marks.tsx';
import { isJumboEmoji } from './message-text.ts';
import { MessageToolbar } from './message-toolbar.tsx';
import { ForwardedFrom, QuoteBlock } from './quote-block.tsx';

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
  canTakeBack: boolean;
  actions: MessageActions;
}

/** What is shown of a message whose time is over, until the server has said so. */
const nothingLeft = { type: 'expired' } as const;

/** One message: the same nodes from the first key press to the other side's reading. */
export const MessageRow = memo(function MessageRow(props: Props) {
  const { message, own, first, last, tabbable, highlight, enter, canReply, canReact, canTakeBack, actions } = props;
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

  // Its popup takes the focus, and stands beside the button of the bar that opened it.
  const hasPopup = useLife(({ popup }) => popup?.message.key === message.key);
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
          {message.forwardedFromId === undefined ? null : (
            <ForwardedFrom userId={message.forwardedFromId} senderId={message.senderId} />
          )}
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
          <ReactionsRow message={message} canReact={canReact} canTakeBack={canTakeBack} onToggle={actions.toggle} />
          {message.state === 'failed' ? <MessageFailure message={message} actions={actions} /> : null}
        </div>
        {active || hasPopup ? (
          <MessageToolbar message={message} own={own} canReply={canReply} canReact={canReact} actions={actions} />
        ) : null}
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
