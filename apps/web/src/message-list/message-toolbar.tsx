'use client';

import type { TimelineMessage } from '@nexo/client';
import clsx from 'clsx';
import { Ellipsis, Forward, Pencil, Reply, SmilePlus, Trash2 } from 'lucide-react';
import type { MouseEvent } from 'react';
import { useHidden } from '../contacts/use-veiled.ts';
import { isForwardable } from '../forward/is-forwardable.ts';
import { useLife } from '../message-life/life-store.ts';
import { quickEmoji, useRecentEmoji } from '../message-life/recent-emoji.ts';
import { isGone, type MessageActions } from './message-actions.ts';

/** Reactions that are one press away. */
const quickInToolbar = 3;

/** What is done most with the message under the pointer, or with the one that has the focus. */
export function MessageToolbar({
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
