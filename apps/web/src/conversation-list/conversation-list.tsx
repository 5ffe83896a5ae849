'use client';

import { useChatClient, useConversationIds, useMe, useReady } from '@nexo/client/react';
import { CircleUserRound, Contact, SquarePen } from 'lucide-react';
import { type KeyboardEvent, useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { findKey } from '../keys/key-table.ts';
import { isMac, useAppKeys } from '../keys/use-keys.ts';
import { useMinute } from '../lib/use-minute.ts';
import { go, openConversation, useRoute } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { ConversationRow } from './conversation-row.tsx';
import { ListResizer } from './list-resizer.tsx';
import { useCalmOrder, useMovingRows } from './use-calm-order.ts';

/** The chats, the most recently active first; `filter` shows only those with something unread, and the open one. */
export function ConversationList() {
  const ready = useReady();
  const me = useMe();
  const ids = useConversationIds();
  const route = useRoute();
  const { filter, open } = useUi();
  const selectedId = route.name === 'conversation' ? route.id : undefined;
  const unreadIds = useUnreadIds(ids);
  const wanted = useMemo(
    () => (filter === 'all' ? ids : ids.filter((id) => unreadIds.has(id) || id === selectedId)),
    [ids, unreadIds, filter, selectedId],
  );
  const listRef = useRef<HTMLUListElement>(null);
  const order = useCalmOrder(wanted, listRef);
  useMovingRows(order, listRef);
  const now = useMinute();

  const [focusId, setFocusId] = useState<string | undefined>(undefined);
  const tabId = [focusId, selectedId, order[0]].find((id) => id !== undefined && order.includes(id));

  const step = useCallback(
    (by: 1 | -1, unreadOnly: boolean) => {
      const candidates = unreadOnly ? order.filter((id) => unreadIds.has(id) || id === selectedId) : order;
      const index = selectedId === undefined ? (by === 1 ? -1 : candidates.length) : candidates.indexOf(selectedId);
      const next = candidates[index + by];
      if (next !== undefined) openConversation(next);
      return true;
    },
    [order, unreadIds, selectedId],
  );
  useAppKeys({
    previousChat: () => step(-1, false),
    nextChat: () => step(1, false),
    previousUnread: () => step(-1, true),
    nextUnread: () => step(1, true),
  });

  function onKeyDown(event: KeyboardEvent) {
    const key = findKey(event.nativeEvent, 'chats', false, isMac());
    if (key === undefined) return;
    const links = [...(listRef.current?.querySelectorAll<HTMLElement>('a') ?? [])];
    const index = links.indexOf(event.target as HTMLElement);
    const next = { chatAbove: index - 1, chatBelow: index + 1, firstChat: 0, lastChat: links.length - 1 }[key as string];
    if (next === undefined) return;
    links[next]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <nav
      aria-label="Chats"
      data-region="list"
      className="list relative flex min-h-0 min-w-0 flex-col border-border border-e bg-surface max-[600px]:border-e-0"
    >
      <div className="flex h-14 shrink-0 items-center gap-1 border-border border-b ps-4 pe-2 max-[924px]:[.shell[data-place=conversation]_&]:justify-center max-[924px]:[.shell[data-place=conversation]_&]:px-0">
        <h1 className="not-collapsed min-w-0 flex-1 truncate font-semibold text-[15px] leading-5">
          {filter === 'all' ? 'Chats' : 'Unread'}
        </h1>
        <IconButton label="Contacts" className="only-folded not-collapsed" onClick={() => go({ name: 'contacts' })}>
          <Contact size={20} aria-hidden="true" />
        </IconButton>
        <IconButton label="Settings" className="only-folded not-collapsed" onClick={() => go({ name: 'settings' })}>
          <CircleUserRound size={20} aria-hidden="true" />
        </IconButton>
        <IconButton label="New chat" data-testid="new-chat" onClick={() => open('newChat')}>
          <SquarePen size={20} aria-hidden="true" />
        </IconButton>
      </div>
      <ul
        ref={listRef}
        onKeyDown={onKeyDown}
        onFocus={(event) =>
          setFocusId((event.target as HTMLElement).closest<HTMLElement>('[data-conversation]')?.dataset.conversation)
        }
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
        data-testid="conversation-list"
      >
        {ready && me !== null
          ? order.map((id) => (
              <ErrorBoundary key={id} resetKey={now} fallback={() => <CrashedChat id={id} />}>
                <ConversationRow id={id} meId={me.id} selected={id === selectedId} tabbable={id === tabId} now={now} />
              </ErrorBoundary>
            ))
          : null}
      </ul>
      {ready && order.length === 0 ? (
        filter === 'unread' ? (
          <p className="not-collapsed absolute inset-x-0 top-1/3 px-6 text-center text-muted">All caught up.</p>
        ) : (
          <FirstRun name={me?.displayName ?? ''} onNewChat={() => open('newChat')} />
        )
      ) : null}
      {ready ? null : <ListSkeleton />}
      <ListResizer />
    </nav>
  );
}

/** A chat that cannot be drawn; the list around it lives. */
function CrashedChat({ id }: { id: string }) {
  return (
    <li data-conversation={id} className="flex h-16 items-center px-4 text-muted">
      <span className="not-collapsed">Can’t show this chat</span>
    </li>
  );
}

function FirstRun({ name, onNewChat }: { name: string; onNewChat: () => void }) {
  return (
    <div className="not-collapsed absolute inset-x-0 top-1/4 flex flex-col items-center gap-4 px-6 text-center">
      <p>Welcome, {name}. Say hello to someone.</p>
      <Button look="primary" onClick={onNewChat}>
        New chat
      </Button>
    </div>
  );
}

/** Ids of the conversations with something unread; the same set until one of them changes. */
function useUnreadIds(all: readonly string[]): ReadonlySet<string> {
  const { store } = useChatClient();
  const subscribe = useCallback(
    (listener: () => void) => {
      const stops = all.map((id) => store.conversation(id).subscribe(listener));
      return () => {
        for (const stop of stops) stop();
      };
    },
    [store, all],
  );
  const snapshot = () => all.filter((id) => (store.conversation(id).get()?.me.unread ?? 0) > 0).join('\n');
  const key = useSyncExternalStore(subscribe, snapshot, snapshot);
  return useMemo(() => new Set(key === '' ? [] : key.split('\n')), [key]);
}

export function ListSkeleton() {
  return (
    <div className="skeleton absolute inset-x-0 top-14" aria-hidden="true">
      {[70, 46, 58, 80, 52, 64].map((width) => (
        <div key={width} className="flex h-16 items-center gap-3 px-4">
          <div className="size-11 shrink-0 rounded-full bg-hover" />
          <div className="not-collapsed flex-1 space-y-2">
            <div className="h-3 w-1/3 rounded bg-hover" />
            <div className="h-3 rounded bg-hover" style={{ width: `${width}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}
