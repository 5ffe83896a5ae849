'use client';

import { useChatClient, useConversationIds, useMe, useReady } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread } from '@nexo/shared';
import { CircleUserRound, Contact, SquarePen } from 'lucide-react';
import dynamic from 'next/dynamic';
import { type KeyboardEvent, useCallback, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { findKey } from '../keys/key-table.ts';
import { isMac, useAppKeys } from '../keys/use-keys.ts';
import { useMinute } from '../lib/use-minute.ts';
import { ActionTrouble } from '../own-settings/action-trouble-line.tsx';
import { go, openConversation, useRoute } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { ConversationRow } from './conversation-row.tsx';
import { useRowMenuState } from './row-menu-state.ts';
import { useCalmOrder, useMovingRows } from './use-calm-order.ts';
import { usePinDrag } from './use-pin-drag.ts';
import { useRowGestures } from './use-row-gestures.ts';

export const loadRowMenu = () => import('./row-menu.tsx');
const RowMenu = dynamic(loadRowMenu, { ssr: false });
// The list has its width before this is here to change it.
const ListResizer = dynamic(() => import('./list-resizer.tsx'), { ssr: false });

/** The chats: pinned ones, then the most recently active first; `filter` shows only those with something unread, and the open one. */
export function ConversationList() {
  const ready = useReady();
  const me = useMe();
  const ids = useConversationIds();
  const route = useRoute();
  const { filter, open } = useUi();
  const selectedId = route.name === 'conversation' ? route.id : undefined;
  const unreadIds = useIdsThat(ids, isUnread);
  const pinnedIds = useIdsThat(ids, isPinned);
  const wanted = useMemo(
    () => (filter === 'all' ? ids : ids.filter((id) => unreadIds.has(id) || id === selectedId)),
    [ids, unreadIds, filter, selectedId],
  );
  const listRef = useRef<HTMLDivElement>(null);
  const order = useCalmOrder(wanted, listRef);
  useMovingRows(order, listRef);
  const now = useMinute();

  const gestures = useRowGestures();
  const drag = usePinDrag(order, pinnedIds);
  const menuWasOpened = useRowMenuState((state) => state.target !== null);

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
    const links = [...(listRef.current?.querySelectorAll<HTMLElement>('a.chat-row') ?? [])];
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
      {/* biome-ignore lint/a11y/noStaticElementInteractions: these are handlers of the rows in it, said once for all of them. */}
      <div
        ref={listRef}
        onKeyDown={onKeyDown}
        onFocus={(event) =>
          setFocusId((event.target as HTMLElement).closest<HTMLElement>('[data-conversation]')?.dataset.conversation)
        }
        className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
        data-testid="conversation-list"
        {...gestures}
        {...drag}
      >
        {ready && me !== null
          ? sectionsOf(order, pinnedIds).map(({ title, rows }) => (
              <section key={title ?? ''} aria-label={title ?? 'Chats'} data-testid={`section:${title ?? 'Chats'}`}>
                {title === null ? null : (
                  <h2 className="not-collapsed px-4 pt-2 pb-1 font-medium text-[12px] text-muted leading-4">{title}</h2>
                )}
                <ul>
                  {rows.map((id) => (
                    <ErrorBoundary key={id} resetKey={now} fallback={() => <CrashedChat id={id} />}>
                      <ConversationRow id={id} meId={me.id} selected={id === selectedId} tabbable={id === tabId} now={now} />
                    </ErrorBoundary>
                  ))}
                </ul>
              </section>
            ))
          : null}
      </div>
      {ready && order.length === 0 ? (
        filter === 'unread' ? (
          <p className="not-collapsed absolute inset-x-0 top-1/3 px-6 text-center text-muted">All caught up.</p>
        ) : (
          <FirstRun name={me?.displayName ?? ''} onNewChat={() => open('newChat')} />
        )
      ) : null}
      {ready ? null : <ListSkeleton />}
      <ActionTrouble place="list" />
      {menuWasOpened ? <RowMenu /> : null}
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

const isUnread = ({ me }: ConversationView) => me.unread > 0 || isMarkedUnread(me);
const isPinned = ({ me }: ConversationView) => me.pinPlace !== undefined;

/** Without a pinned chat the list needs no headings. */
function sectionsOf(
  order: readonly string[],
  pinnedIds: ReadonlySet<string>,
): { title: 'Pinned' | 'Chats' | null; rows: readonly string[] }[] {
  const pinned = order.filter((id) => pinnedIds.has(id));
  if (pinned.length === 0) return [{ title: null, rows: order }];
  const others = order.filter((id) => !pinnedIds.has(id));
  return [{ title: 'Pinned', rows: pinned }, ...(others.length === 0 ? [] : [{ title: 'Chats' as const, rows: others }])];
}

/** Ids of the conversations of which something is true; the same set until one of them changes. */
function useIdsThat(all: readonly string[], isTrue: (view: ConversationView) => boolean): ReadonlySet<string> {
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
  const snapshot = () =>
    all
      .filter((id) => {
        const view = store.conversation(id).get();
        return view !== undefined && isTrue(view);
      })
      .join('\n');
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
