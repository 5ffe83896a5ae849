'use client';

import { usePathname } from 'next/navigation';
import { useMemo } from 'react';

/** A place in the chat. Every one is an address and a history entry. */
export type Route =
  | { name: 'chats' }
  | { name: 'unread' }
  | { name: 'settings' }
  | { name: 'contacts' }
  /** A group that one is not in yet: `door` is its id or the code of an invitation link. */
  | { name: 'join'; door: string }
  /** `members`: all of them, in place of the details. */
  | { name: 'conversation'; id: string; details: boolean | 'members' };

export function parseRoute(pathname: string): Route {
  const conversation = /^\/c\/([0-9a-f-]{36})(?:\/(details|members))?\/?$/.exec(pathname);
  if (conversation?.[1] !== undefined) {
    const [, id, panel] = conversation;
    return { name: 'conversation', id, details: panel === 'members' ? panel : panel !== undefined };
  }
  const join = /^\/join\/([A-Za-z0-9_-]{22,36})\/?$/.exec(pathname);
  if (join?.[1] !== undefined) return { name: 'join', door: join[1] };
  if (pathname === '/unread') return { name: 'unread' };
  if (pathname === '/settings') return { name: 'settings' };
  if (pathname === '/contacts') return { name: 'contacts' };
  return { name: 'chats' };
}

export function addressOf(route: Route): string {
  if (route.name === 'conversation') {
    const panel = route.details === 'members' ? '/members' : route.details ? '/details' : '';
    return `/c/${route.id}${panel}`;
  }
  if (route.name === 'join') return `/join/${route.door}`;
  return route.name === 'chats' ? '/' : `/${route.name}`;
}

export function useRoute(): Route {
  const pathname = usePathname();
  return useMemo(() => parseRoute(pathname), [pathname]);
}

/** Goes to a place without asking the network, so that moving works offline too. Being there already makes no history. */
export function go(route: Route, how: 'push' | 'replace' = 'push'): void {
  const address = addressOf(route);
  if (window.location.pathname === address) return;
  // The mark tells `goBack` that the entry before this one is ours.
  if (how === 'push') window.history.pushState({ nexoInside: true, nexoFrom: window.location.pathname }, '', address);
  else
    window.history.replaceState(
      { nexoInside: history.state?.nexoInside === true, nexoFrom: history.state?.nexoFrom },
      '',
      address,
    );
}

/** Back to where one came from inside the chat; from an address that was opened directly, to `fallback`. */
export function goBack(fallback: Route): void {
  if (history.state?.nexoInside === true) window.history.back();
  else go(fallback, 'replace');
}

/** To the list of chats: back when one came from it, else in place of where one is. */
export function backToList(): void {
  const lists: Route[] = [{ name: 'chats' }, { name: 'unread' }];
  if (lists.some((list) => history.state?.nexoFrom === addressOf(list))) window.history.back();
  else go({ name: 'chats' }, 'replace');
}

export function openConversation(id: string): void {
  go({ name: 'conversation', id, details: false });
}
