'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient, useConversation } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread, isMuted } from '@nexo/shared';
import {
  ArrowDown,
  ArrowUp,
  Bell,
  BellOff,
  ChevronRight,
  Eraser,
  EyeOff,
  type LucideIcon,
  Mail,
  MailOpen,
  Pin,
  PinOff,
  Trash2,
} from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { attempt } from '../own-settings/action-trouble.ts';
import { QuietTimesMenu } from '../own-settings/quiet-times-menu.tsx';
import { askToTakeAway } from '../own-settings/take-away-dialog.tsx';
import { go, useRoute } from '../shell/route.ts';
import { useRowMenuState } from './row-menu-state.ts';

/** What one can do with a chat of the list. */
export default function RowMenu() {
  const { target, isOpen, close, pressed } = useRowMenuState();
  useEffect(() => {
    window.addEventListener('pointerdown', pressed, true);
    return () => window.removeEventListener('pointerdown', pressed, true);
  }, [pressed]);
  const conversation = useConversation(target?.conversationId ?? '');
  if (target === null || conversation === undefined) return null;
  return (
    <Menu.Root open={isOpen} onOpenChange={(open, { reason }) => !open && mayClose(reason) && close()}>
      <Menu.Portal>
        <Menu.Positioner anchor={target.anchor} side="bottom" align="start" sideOffset={2} className="z-40 outline-none">
          <Menu.Popup finalFocus={() => target.row} className="menu" data-testid="row-menu" aria-label={conversation.title}>
            <Items key={conversation.id} conversation={conversation} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** Lifting the finger that asked for the menu is no press beside it. */
function mayClose(reason: string): boolean {
  return reason === 'escape-key' || useRowMenuState.getState().target?.isHeld !== true;
}

function Items({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const route = useRoute();
  const { id, me } = conversation;
  const isUnread = me.unread > 0 || isMarkedUnread(me);
  const isPinned = me.pinPlace !== undefined;

  async function hide() {
    const isOpenHere = route.name === 'conversation' && route.id === id;
    if ((await attempt(client.conversations.hide(id))) && isOpenHere) go({ name: 'chats' }, 'replace');
  }

  return (
    <>
      {isUnread ? (
        <Item icon={MailOpen} onClick={() => void attempt(client.conversations.markAllRead(id))}>
          Mark as read
        </Item>
      ) : (
        <Item icon={Mail} onClick={() => void attempt(client.conversations.markUnread(id))}>
          Mark as unread
        </Item>
      )}
      {isPinned ? (
        <Item icon={PinOff} onClick={() => void attempt(client.conversations.unpin(id))}>
          Unpin
        </Item>
      ) : (
        <Item icon={Pin} onClick={() => void attempt(client.conversations.pin(id))}>
          Pin
        </Item>
      )}
      {isPinned ? <Moves id={id} /> : null}
      {isMuted(me.muted, client.serverNow()) ? (
        <Item icon={Bell} onClick={() => void attempt(client.conversations.mute(id, null))}>
          Unmute
        </Item>
      ) : (
        <Menu.SubmenuRoot>
          <Menu.SubmenuTrigger className="menu-item">
            <BellOff size={16} aria-hidden="true" />
            <span className="flex-1">Mute</span>
            <ChevronRight size={16} aria-hidden="true" className="text-muted rtl:rotate-180" />
          </Menu.SubmenuTrigger>
          <Menu.Portal>
            <Menu.Positioner className="z-40 outline-none" alignOffset={-5}>
              <Menu.Popup className="menu">
                <QuietTimesMenu conversation={conversation} />
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.SubmenuRoot>
      )}
      <Item icon={EyeOff} onClick={() => void hide()}>
        Hide until the next message
      </Item>
      <Menu.Separator className="menu-line" />
      <Item icon={Eraser} onClick={() => askToTakeAway(id, 'clear')}>
        Clear for me…
      </Item>
      <Item icon={Trash2} danger onClick={() => askToTakeAway(id, 'remove')}>
        Delete for me…
      </Item>
    </>
  );
}

/** The order of pinned chats, without dragging. */
function Moves({ id }: { id: string }) {
  const client = useChatClient();
  const { store } = client;
  const pinned = store.conversationIds.get().filter((other) => store.conversation(other).get()?.me.pinPlace !== undefined);
  const index = pinned.indexOf(id);
  const after = (i: number) => pinned[i] ?? null;
  return (
    <>
      {index > 0 ? (
        <Item icon={ArrowUp} onClick={() => void attempt(client.conversations.pin(id, after(index - 2)))}>
          Move up
        </Item>
      ) : null}
      {index < pinned.length - 1 ? (
        <Item icon={ArrowDown} onClick={() => void attempt(client.conversations.pin(id, after(index + 1)))}>
          Move down
        </Item>
      ) : null}
    </>
  );
}

function Item({
  icon: Icon,
  danger = false,
  onClick,
  children,
}: {
  icon: LucideIcon;
  danger?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <Menu.Item className={`menu-item ${danger ? 'text-danger' : ''}`} onClick={onClick}>
      <Icon size={16} aria-hidden="true" />
      <span className="flex-1">{children}</span>
    </Menu.Item>
  );
}
