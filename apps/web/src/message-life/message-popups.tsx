'use client';

import { Menu } from '@base-ui/react/menu';
import { Popover } from '@base-ui/react/popover';
import type { TimelineMessage } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { Copy, Eye, Forward, History, Info, Mail, Pencil, Pin, PinOff, Reply, SmilePlus, Trash2, Users } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { flushSync } from 'react-dom';
import { useHidden, useUnveiled } from '../contacts/use-veiled.ts';
import { isForwardable } from '../forward/is-forwardable.ts';
import { useAppKeys } from '../keys/use-keys.ts';
import { anchorOf, useLife } from './life-store.ts';
import { ReactionPicker } from './reaction-picker.tsx';
import { quickEmoji, useRecentEmoji } from './recent-emoji.ts';
import { useMessageRules, verdictsOf } from './use-verdicts.ts';

/** What the popups ask of the list. */
export interface LifeActions {
  reply(message: TimelineMessage): void;
  copy(message: TimelineMessage): void;
  forward(message: TimelineMessage): void;
  details(message: TimelineMessage): void;
  toggle(message: TimelineMessage, emoji: string): void;
  beginEdit(message: TimelineMessage): void;
  pin(message: TimelineMessage, pinned: boolean): void;
  /** From this one on. */
  markUnread(message: TimelineMessage): void;
}

/** Emoji at the top of the menu. */
const quickInMenu = 6;

/** The menu and the picker of reactions of one message in the list. */
export function MessagePopups({
  conversation,
  meId,
  whyNoReply,
  actions,
}: {
  conversation: ConversationView;
  meId: string;
  /** Null: it can be answered. */
  whyNoReply: string | null;
  actions: LifeActions;
}) {
  const popup = useLife((state) => state.popup);
  const close = useLife((state) => state.closePopup);
  useAppKeys(
    {
      escape() {
        if (useLife.getState().popup === null) return false;
        close();
        return true;
      },
    },
    3,
  );
  /** What was chosen goes on in the composer: the menu that goes away must not take the focus from there. */
  const writes = useRef(false);
  if (popup === null || popup.message.conversationId !== conversation.id) return null;
  const { message, anchor } = popup;
  writes.current = false;

  function thenWrite(work: () => void) {
    writes.current = true;
    // It is gone before the focus goes to the composer, and that still is within the press: phones open no keyboard else.
    flushSync(close);
    work();
  }

  if (popup.what === 'picker') {
    return (
      <Popover.Root open onOpenChange={(open) => !open && close()}>
        <Popover.Portal>
          <Popover.Positioner
            anchor={anchorOf(anchor)}
            side="top"
            align="end"
            sideOffset={6}
            collisionPadding={8}
            className="z-50"
          >
            <Popover.Popup
              aria-label="Pick a reaction"
              className="life-popup"
              finalFocus={(closedBy) => (writes.current ? false : focusAfter(closedBy, message))}
            >
              <ReactionPicker
                onPick={(emoji) => {
                  close();
                  actions.toggle(message, emoji);
                }}
              />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    );
  }
  return (
    <Menu.Root open modal={false} onOpenChange={(open) => !open && close()}>
      <Menu.Portal>
        <Menu.Positioner
          anchor={anchorOf(anchor)}
          side="bottom"
          align="start"
          sideOffset={4}
          collisionPadding={8}
          className="z-50"
        >
          <Menu.Popup
            aria-label="Message"
            className="life-popup life-menu"
            finalFocus={(closedBy) => (writes.current ? false : focusAfter(closedBy, message))}
          >
            <Items
              conversation={conversation}
              meId={meId}
              message={message}
              whyNoReply={whyNoReply}
              actions={actions}
              thenWrite={thenWrite}
            />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** The focus goes back to the message. A finger needs none, nor the ring around it. */
function focusAfter(closedBy: string, message: TimelineMessage): HTMLElement | null | false {
  return closedBy === 'touch' ? false : articleOf(message);
}

function articleOf(message: TimelineMessage): HTMLElement | null {
  return document.querySelector<HTMLElement>(`[data-row="${CSS.escape(message.key)}"] > article`);
}

function Items({
  conversation,
  meId,
  message,
  whyNoReply,
  actions,
  thenWrite,
}: {
  conversation: ConversationView;
  meId: string;
  message: TimelineMessage;
  whyNoReply: string | null;
  actions: LifeActions;
  thenWrite: (work: () => void) => void;
}) {
  const { store } = useChatClient();
  const rules = useMessageRules();
  const recent = useRecentEmoji((state) => state.recent);
  const verdicts = verdictsOf(conversation, meId, message, rules, store.serverNow());
  const isPinned = conversation.pins?.some(({ seq }) => seq === message.seq) ?? false;
  const isGone = message.content.type === 'revoked' || message.content.type === 'expired';
  const isOwn = message.senderId === meId;
  const isHidden = useHidden(message);
  const { ask, popUp } = useLife.getState();
  const firstEmoji = message.reactions?.[0]?.emoji;
  return (
    <>
      {verdicts.react === null ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is no part of a menu.
        <div className="flex px-1 pb-1" role="group" aria-label="React">
          {quickEmoji(recent, quickInMenu).map((emoji) => (
            <Menu.Item
              key={emoji}
              className="life-emoji"
              aria-label={`React with ${emoji}`}
              onClick={() => actions.toggle(message, emoji)}
            >
              {emoji}
            </Menu.Item>
          ))}
          <Menu.Item
            className="life-emoji"
            aria-label="More reactions"
            closeOnClick={false}
            onClick={() => popUp('picker', message, articleOf(message) ?? document.body)}
          >
            <SmilePlus size={20} aria-hidden="true" />
          </Menu.Item>
        </div>
      ) : null}
      {verdicts.react !== null && message.seq !== undefined && !isGone ? (
        <Item icon={<SmilePlus size={18} />} label="React" why={verdicts.react} onClick={() => undefined} />
      ) : null}
      {message.seq !== undefined && !isGone ? (
        <Item icon={<Reply size={18} />} label="Reply" why={whyNoReply} onClick={() => thenWrite(() => actions.reply(message))} />
      ) : null}
      {isOwn && !isGone ? (
        <Item
          icon={<Pencil size={18} />}
          label="Edit"
          why={verdicts.edit}
          onClick={() => thenWrite(() => actions.beginEdit(message))}
        />
      ) : null}
      {isHidden ? (
        <Item icon={<Eye size={18} />} label="Show what they said" onClick={() => useUnveiled.getState().show(message)} />
      ) : null}
      {message.content.type === 'text' && !isHidden ? (
        <Item icon={<Copy size={18} />} label="Copy text" onClick={() => actions.copy(message)} />
      ) : null}
      {isForwardable(message) && !isHidden ? (
        <Item icon={<Forward size={18} />} label="Forward…" onClick={() => actions.forward(message)} />
      ) : null}
      {isGone ? null : (
        <Item
          icon={isPinned ? <PinOff size={18} /> : <Pin size={18} />}
          label={isPinned ? 'Unpin' : 'Pin'}
          why={verdicts.pin}
          onClick={() => actions.pin(message, !isPinned)}
        />
      )}
      {message.seq === undefined || conversation.me.leftAt !== undefined ? null : (
        <Item icon={<Mail size={18} />} label="Mark unread from here" onClick={() => actions.markUnread(message)} />
      )}
      {firstEmoji === undefined ? null : (
        <Item
          icon={<Users size={18} />}
          label="Who reacted"
          onClick={() => ask({ what: 'reactions', message, emoji: firstEmoji })}
        />
      )}
      {message.editedAt === undefined || isHidden ? null : (
        <Item icon={<History size={18} />} label="Edit history" onClick={() => ask({ what: 'history', message })} />
      )}
      {message.seq === undefined || isGone ? null : (
        <Item icon={<Info size={18} />} label="Details…" onClick={() => actions.details(message)} />
      )}
      {message.seq === undefined ? null : (
        <Item icon={<Trash2 size={18} />} label="Delete…" danger onClick={() => ask({ what: 'delete', message })} />
      )}
    </>
  );
}

/** What cannot be done says why, and stays in its place. */
function Item({
  icon,
  label,
  why = null,
  danger = false,
  onClick,
}: {
  icon: ReactNode;
  label: string;
  why?: string | null;
  danger?: boolean;
  onClick: () => void;
}) {
  return (
    <Menu.Item disabled={why !== null} onClick={onClick} className="life-item" data-danger={danger}>
      <span aria-hidden="true">{icon}</span>
      <span className="min-w-0">
        {label}
        {why === null ? null : <span className="life-why">{why}</span>}
      </span>
    </Menu.Item>
  );
}
