'use client';

import { useContactRequests, useMe, useTotalUnread } from '@nexo/client/react';
import { isUndisturbed } from '@nexo/shared';
import { CircleUserRound, Contact, Inbox, Keyboard, MessageCircle, Moon } from 'lucide-react';
import { UnreadPill } from '../conversation-list/conversation-row.tsx';
import { useMinute } from '../lib/use-minute.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Logo } from '../ui/logo.tsx';
import { go, type Route, useRoute } from './route.ts';
import { useUi } from './ui-store.ts';

/** Shows the chats of a filter; on wide windows whatever is open beside them stays open. */
function show(filter: 'all' | 'unread', route: Route): void {
  useUi.getState().setFilter(filter);
  if (route.name !== 'conversation' || matchMedia('(max-width: 600px)').matches) {
    go({ name: filter === 'all' ? 'chats' : 'unread' });
  }
}

/** The narrow column at the start of wide windows. */
export function Rail() {
  const route = useRoute();
  const me = useMe();
  const { filter, open } = useUi();
  const unread = useTotalUnread();
  const asked = useIncomingCount();
  const inChats = route.name !== 'settings' && route.name !== 'contacts';
  const isQuiet = isUndisturbed(me?.doNotDisturb, useMinute());
  return (
    <nav aria-label="Spaces" className="rail flex flex-col items-center gap-2 border-border border-e bg-surface py-3">
      <div className="mb-2 grid size-9 place-items-center">
        <Logo size={32} />
      </div>
      <RailButton label="Chats" current={inChats && filter === 'all'} onClick={() => show('all', route)}>
        <MessageCircle size={22} aria-hidden="true" />
        {unread > 0 ? (
          <span className="absolute -end-1.5 -top-1.5">
            <UnreadPill count={unread} />
          </span>
        ) : null}
      </RailButton>
      <RailButton label="Unread" current={inChats && filter === 'unread'} onClick={() => show('unread', route)}>
        <Inbox size={22} aria-hidden="true" />
      </RailButton>
      <RailButton label={contactsWords(asked)} current={route.name === 'contacts'} onClick={() => go({ name: 'contacts' })}>
        <Contact size={22} aria-hidden="true" />
        {asked > 0 ? (
          <span className="absolute -end-1.5 -top-1.5">
            <UnreadPill count={asked} />
          </span>
        ) : null}
      </RailButton>
      <span className="flex-1" />
      <RailButton label="Keyboard shortcuts" current={false} onClick={() => open('keys')}>
        <Keyboard size={22} aria-hidden="true" />
      </RailButton>
      <RailButton
        label={isQuiet ? 'Settings. Do not disturb is on.' : 'Settings'}
        current={route.name === 'settings'}
        onClick={() => go({ name: 'settings' })}
      >
        {me === null ? null : <Avatar id={me.id} name={me.displayName} url={me.avatarUrl} size={32} />}
        {isQuiet ? (
          <span className="absolute -end-1 -bottom-1 grid size-5 place-items-center rounded-full bg-surface text-muted">
            <Moon size={14} aria-hidden="true" />
          </span>
        ) : null}
      </RailButton>
    </nav>
  );
}

/** How many people wait for an answer. */
function useIncomingCount(): number {
  const me = useMe();
  return useContactRequests().filter((request) => request.toUserId === me?.id).length;
}

function RailButton({
  label,
  current,
  onClick,
  children,
}: {
  label: string;
  current: boolean;
  onClick: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-current={current ? 'page' : undefined}
      onClick={onClick}
      className="relative grid size-11 place-items-center rounded-[10px] text-muted hover:bg-hover hover:text-text aria-[current]:bg-hover aria-[current]:text-accent"
    >
      {children}
    </button>
  );
}

/** What the button of the contacts is called, with those who have asked. */
function contactsWords(asked: number): string {
  return asked === 0 ? 'Contacts' : `Contacts, ${asked} ${asked === 1 ? 'request' : 'requests'}`;
}

/** The same places at the bottom of a phone. */
export function BottomTabs() {
  const route = useRoute();
  const unread = useTotalUnread();
  const asked = useIncomingCount();
  const filter = useUi((state) => state.filter);
  const badges: Record<string, number> = { Chats: unread, Contacts: asked };
  const inPage = route.name === 'settings' || route.name === 'contacts';
  const tabs = [
    {
      label: 'Chats',
      icon: MessageCircle,
      current: route.name === 'chats' && filter === 'all',
      onClick: () => show('all', route),
    },
    {
      label: 'Unread',
      icon: Inbox,
      current: filter === 'unread' && !inPage,
      onClick: () => show('unread', route),
    },
    { label: 'Contacts', icon: Contact, current: route.name === 'contacts', onClick: () => go({ name: 'contacts' }) },
    { label: 'You', icon: CircleUserRound, current: route.name === 'settings', onClick: () => go({ name: 'settings' }) },
  ];
  return (
    <nav aria-label="Spaces" className="tabs border-border border-t bg-surface pb-[env(safe-area-inset-bottom)]">
      {tabs.map(({ label, icon: Icon, current, onClick }) => (
        <button
          key={label}
          type="button"
          onClick={onClick}
          aria-label={label === 'Contacts' ? contactsWords(asked) : undefined}
          aria-current={current ? 'page' : undefined}
          className="relative flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-[12px] text-muted leading-4 aria-[current]:font-semibold aria-[current]:text-accent"
        >
          <span className="relative">
            <Icon size={22} aria-hidden="true" />
            {badges[label] === undefined || badges[label] === 0 ? null : (
              <span className="absolute start-3 -top-1.5">
                <UnreadPill count={badges[label]} />
              </span>
            )}
          </span>
          {label}
        </button>
      ))}
    </nav>
  );
}
