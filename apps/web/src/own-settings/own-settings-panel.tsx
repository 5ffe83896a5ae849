'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { Bell, BellOff, Eraser, Eye, Pin, PinOff, Trash2 } from 'lucide-react';
import { useMinute } from '../lib/use-minute.ts';
import { attempt } from './action-trouble.ts';
import { ActionTrouble } from './action-trouble-line.tsx';
import { mutedWords } from './mute-words.ts';
import { QuietTimesMenu } from './quiet-times-menu.tsx';
import { askToTakeAway } from './take-away-dialog.tsx';

const line = 'flex min-h-11 w-full items-center gap-3 rounded-control px-3 py-1 text-start hover:bg-hover';

/** What one settles about a chat for oneself, in its details: the same as in the menu of its row. */
export function OwnSettingsPanel({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const { id, me } = conversation;
  const muted = mutedWords(me.muted, useMinute());
  const isPinned = me.pinPlace !== undefined;
  const isHidden = me.hiddenSeq !== undefined && conversation.head.seq <= me.hiddenSeq;
  return (
    <section aria-label="For you" className="border-border border-t p-3" data-testid="own-settings">
      {muted === undefined ? (
        <Menu.Root>
          <Menu.Trigger className={line}>
            <BellOff size={18} aria-hidden="true" className="text-muted" /> Mute…
          </Menu.Trigger>
          <Menu.Portal>
            <Menu.Positioner align="start" className="z-40 outline-none">
              <Menu.Popup className="menu">
                <QuietTimesMenu conversation={conversation} />
              </Menu.Popup>
            </Menu.Positioner>
          </Menu.Portal>
        </Menu.Root>
      ) : (
        <button type="button" className={line} onClick={() => void attempt(client.conversations.mute(id, null))}>
          <Bell size={18} aria-hidden="true" className="shrink-0 text-muted" />
          <span>
            <span className="block">Unmute</span>
            <span className="block text-[12px] text-muted leading-4">{muted}</span>
          </span>
        </button>
      )}
      <button
        type="button"
        className={line}
        onClick={() => void attempt(isPinned ? client.conversations.unpin(id) : client.conversations.pin(id))}
      >
        {isPinned ? (
          <PinOff size={18} aria-hidden="true" className="text-muted" />
        ) : (
          <Pin size={18} aria-hidden="true" className="text-muted" />
        )}
        {isPinned ? 'Unpin' : 'Pin to the top'}
      </button>
      {isHidden ? (
        <button type="button" className={line} onClick={() => void attempt(client.conversations.show(id))}>
          <Eye size={18} aria-hidden="true" className="text-muted" /> Show in the list again
        </button>
      ) : null}
      <button type="button" className={line} onClick={() => askToTakeAway(id, 'clear')}>
        <Eraser size={18} aria-hidden="true" className="text-muted" /> Clear for me…
      </button>
      <button type="button" className={`${line} text-danger`} onClick={() => askToTakeAway(id, 'remove')}>
        <Trash2 size={18} aria-hidden="true" /> Delete for me…
      </button>
      <ActionTrouble place="list" />
    </section>
  );
}
