'use client';

import { useChatClient, useConnection, useConversation, useOutbox, useTotalUnread } from '@nexo/client/react';
import type { MessageView } from '@nexo/shared';
import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { ConnectionBar } from '../conversation/connection-bar.tsx';
import { ConversationList, ListSkeleton, loadRowMenu } from '../conversation-list/conversation-list.tsx';
import { keyCaps } from '../keys/key-table.ts';
import { isMac, useAppKeys, useKeyListener } from '../keys/use-keys.ts';
import { toText } from '../message-list/content-text.ts';
import { useSession } from '../session/session-provider.tsx';
import { SignedOutElsewhere } from '../session/signed-out-elsewhere.tsx';
import { ErrorBoundary } from '../ui/error-boundary.tsx';
import { announce, LiveRegions } from '../ui/live-regions.tsx';
import { Logo } from '../ui/logo.tsx';
import { Notice } from '../ui/notice.tsx';
import { exposeForQa } from './qa-handle.ts';
import { BottomTabs, Rail } from './rail.tsx';
import { focusRegion } from './regions.ts';
import { addressOf, useRoute } from './route.ts';
import { useUi } from './ui-store.ts';

// The list is there before a chat is; that is fetched beside it, at once, and not waited for.
const loadPane = () => import('../conversation/conversation-pane.tsx').then((module) => module.ConversationPane);
if (typeof window !== 'undefined') loadPane().catch(() => undefined);
// What lies over the chat is fetched when the page is idle, so that it opens at once and offline too.
const loadLayers = () => import('./layers.tsx');
const loadSettings = () => import('../settings/settings-page.tsx');
const loadContacts = () => import('../contacts/contacts-page.tsx');
const loadPanel = () => import('../conversation/side-panel.tsx');
const JoinPage = dynamic(() => import('../groups/join-page.tsx'), {
  ssr: false,
  loading: () => <main className="main bg-canvas" />,
});
const ConversationPane = dynamic(loadPane, { ssr: false, loading: () => <main className="main bg-canvas" /> });
const Layers = dynamic(loadLayers, { ssr: false });
const SettingsPage = dynamic(loadSettings, { ssr: false, loading: () => <main className="main bg-canvas" /> });
const ContactsPage = dynamic(loadContacts, { ssr: false, loading: () => <main className="main bg-canvas" /> });
const SidePanel = dynamic(loadPanel, { ssr: false, loading: () => <aside className="panel bg-surface" /> });

/** The chat at every address inside it: waits for the session, or sends to sign in. */
export function ChatApp() {
  const { phase, retry, client } = useSession();
  const router = useRouter();
  const wasIn = useRef(false);
  useEffect(() => {
    if (phase === 'signedIn') wasIn.current = true;
    if (phase !== 'signedOut') return;
    // Who signs out does not mean to come back to where they were.
    const pathname = wasIn.current ? '/' : window.location.pathname;
    router.replace(pathname === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(pathname)}`);
  }, [phase, router]);

  if (phase === 'signedIn' && client !== null) return <Chat />;
  if (phase === 'unreachable') {
    return (
      <main className="grid h-dvh place-items-center bg-canvas">
        <Notice
          words="Nexo can’t be reached right now. Check your network and try again."
          action={{ label: 'Retry now', onClick: retry }}
        >
          <Logo size={48} />
        </Notice>
      </main>
    );
  }
  return <ShellSkeleton />;
}

function Chat() {
  const client = useChatClient();
  const route = useRoute();
  const connection = useConnection();
  const layer = useUi((state) => state.layer);
  const open = useUi((state) => state.open);
  useEffect(() => {
    if (route.name === 'unread') useUi.getState().setFilter('unread');
    if (route.name === 'chats') useUi.getState().setFilter('all');
  }, [route]);
  useEffect(() => {
    const idle = setTimeout(
      () => void Promise.all([loadLayers(), loadSettings(), loadContacts(), loadPanel(), loadRowMenu()]).catch(() => undefined),
      500,
    );
    return () => clearTimeout(idle);
  }, []);
  useEffect(() => {
    const tell = () => client.setAppState(document.visibilityState === 'visible' ? 'foreground' : 'background');
    // A tab may be opened behind another one.
    if (document.visibilityState === 'hidden') tell();
    document.addEventListener('visibilitychange', tell);
    return () => document.removeEventListener('visibilitychange', tell);
  }, [client]);

  useEffect(() => exposeForQa(client), [client]);

  const isOut = connection.name === 'signedOut' && connection.reason !== 'logout';
  useKeyListener(!isOut);
  const opens = (what: 'switcher' | 'keys') => () => {
    open(what);
    return true;
  };
  useAppKeys({
    switcher: opens('switcher'),
    sheet: opens('keys'),
    sheetInText: opens('keys'),
    nextRegion: () => focusRegion(1),
    previousRegion: () => focusRegion(-1),
  });
  useTitle();
  useAnnouncedMessages(route.name === 'conversation' ? route.id : null);

  // For the layout every page beside the list is like the settings; the door of a group is like what stands behind it.
  const isPage = route.name === 'settings' || route.name === 'contacts';
  const isInside = route.name === 'conversation' || route.name === 'join';
  const place = isInside ? 'conversation' : isPage ? 'settings' : 'list';
  return (
    <>
      {route.name === 'conversation' && !isOut ? (
        <a
          href="#composer"
          className="sr-only focus:not-sr-only focus:absolute focus:start-2 focus:top-2 focus:z-50 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2"
        >
          Skip to the composer
        </a>
      ) : null}
      <div className="shell" data-place={place} data-testid="shell" inert={isOut} aria-hidden={isOut}>
        <Rail />
        <ErrorBoundary fallback={(_, again) => <BrokenPane className="list" again={again} />}>
          <ConversationList />
        </ErrorBoundary>
        {route.name === 'conversation' ? (
          <ErrorBoundary resetKey={route.id} fallback={(_, again) => <BrokenPane className="main" again={again} />}>
            <ConversationPane key={route.id} conversationId={route.id} />
          </ErrorBoundary>
        ) : route.name === 'settings' ? (
          <SettingsPage />
        ) : route.name === 'contacts' ? (
          <ContactsPage />
        ) : route.name === 'join' ? (
          <JoinPage key={route.door} door={route.door} />
        ) : (
          <main aria-label="Messages" className="main grid min-w-0 place-items-center bg-canvas">
            <NothingChosen />
          </main>
        )}
        {route.name === 'conversation' && route.details !== false ? (
          <ErrorBoundary resetKey={route.id} fallback={(_, again) => <BrokenPane className="panel" again={again} />}>
            <SidePanel key={route.id} conversationId={route.id} shows={route.details === 'members' ? 'members' : 'details'} />
          </ErrorBoundary>
        ) : null}
        <ConnectionBar />
        <BottomTabs />
      </div>
      {layer === null || isOut ? null : (
        <ErrorBoundary
          resetKey={layer}
          fallback={() => (
            <div className="fixed inset-0 z-40 grid place-items-center bg-surface">
              <Notice
                words="This part of Nexo has not been loaded yet, and the network is away."
                action={{ label: 'Back to the chat', onClick: () => useUi.getState().close() }}
              />
            </div>
          )}
        >
          <Layers />
        </ErrorBoundary>
      )}
      {isOut ? <SignedOutElsewhere reason={connection.reason} next={addressOf(route)} /> : null}
      <LiveRegions />
    </>
  );
}

/** A part of the window that crashed; the others live. */
function BrokenPane({ className, again }: { className: string; again: () => void }) {
  return (
    <div className={`${className} grid place-items-center border-border border-x bg-surface`}>
      <Notice words="This part can’t be shown." action={{ label: 'Show it again', onClick: again }} />
    </div>
  );
}

function NothingChosen() {
  return (
    <p className="flex items-center gap-1.5 text-muted">
      Pick a chat, or press{' '}
      <kbd className="rounded border border-border bg-surface px-1.5 text-[12px]">{keyCaps('Mod+K', isMac()).join('+')}</kbd>
    </p>
  );
}

/** `(3) Ana · Nexo`. */
function useTitle(): void {
  const unread = useTotalUnread();
  const route = useRoute();
  const conversation = useConversation(route.name === 'conversation' ? route.id : '');
  const place = route.name === 'settings' ? 'Settings' : route.name === 'contacts' ? 'Contacts' : conversation?.title;
  const { failed } = useOutbox();
  useEffect(() => {
    document.title = `${failed > 0 ? '! ' : ''}${unread > 0 ? `(${unread}) ` : ''}${place === undefined ? '' : `${place} · `}Nexo`;
  }, [unread, place, failed]);
}

/** New messages of the open conversation are said together, at most once a second. */
function useAnnouncedMessages(conversationId: string | null): void {
  const client = useChatClient();
  useEffect(() => {
    if (conversationId === null) return;
    let waiting: MessageView[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { store } = client;
    const nameOf = (id: string) => store.relation(id).get().contact?.remark ?? store.user(id).get()?.displayName ?? id;
    const say = () => {
      timer = undefined;
      const texts = waiting.map((message) => `${nameOf(message.senderId)}: ${toText(message.content, nameOf)}`);
      announce(texts.length <= 3 ? texts.join('. ') : `${texts.length} new messages`);
      waiting = [];
    };
    const stop = client.on('message', (message) => {
      if (message.conversationId !== conversationId || message.senderId === store.me.get()?.id) return;
      // What is folded is not read out either.
      if (store.relation(message.senderId).get().isBlocked) return;
      waiting.push(message);
      timer ??= setTimeout(say, 1_000);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [client, conversationId]);
}

/** The columns while the session is taken up: nothing jumps when the chat comes. */
function ShellSkeleton() {
  return (
    <div className="shell" data-place="list" aria-busy="true">
      <div className="rail border-border border-e bg-surface" />
      <div className="list relative border-border border-e bg-surface">
        <div className="h-14 border-border border-b" />
        <ListSkeleton />
      </div>
      <main className="main bg-canvas" />
    </div>
  );
}
