'use client';

import type { ChatClient } from '@nexo/client';
import { useChatClient, useContacts, useConversationIds, useMe, useReadable } from '@nexo/client/react';
import type { ConversationView, UserView } from '@nexo/shared';
import { whyNotWrite } from '../composer/write-or-why-not.tsx';
import { useNames } from '../people/use-names.ts';
import { usePeopleSearch } from '../people/use-people-search.ts';
import { rank } from '../switcher/rank.ts';

const shownMax = 50;

/** Where a message can be passed on to: a chat, or a person with whom there is none yet. */
export interface Target {
  /** Of a chat its id, of a person theirs behind an @. */
  key: string;
  name: string;
  avatar: { id: string; url?: string | undefined; shape: 'room' | 'person' };
  /** Of a person: what tells apart who is called the same. */
  userName?: string;
}

/** The chat behind a target; with a person it is opened now. */
export async function conversationOf(client: ChatClient, { key }: Target): Promise<string> {
  return key.startsWith('@') ? (await client.conversations.openDirect(key.slice(1))).id : key;
}

/** What the query finds: chats first, then contacts, then anybody. Who was chosen stays. */
export function useTargets(query: string, chosen: readonly Target[]) {
  const { store } = useChatClient();
  const listed = useConversationIds();
  const hidden = useReadable(store.hiddenIds);
  const contacts = useContacts();
  const meId = useMe()?.id ?? '';
  const found = usePeopleSearch(query);
  const wanted = query.trim();
  const nameOf = useNames(contacts.map(({ userId }) => userId));
  const isBlocked = (userId: string) => store.relation(userId).get().isBlocked;

  // What was taken out of the list is found by its name.
  const views = (wanted === '' ? listed : [...listed, ...hidden])
    .map((id) => store.conversation(id).get())
    .filter((view) => view !== undefined);
  const withChat = new Set(views.map(({ peer }) => peer?.id));
  const mayWrite = (view: ConversationView) =>
    !(view.kind === 'direct' && isBlocked(view.peer?.id ?? '')) && whyNotWrite(view, meId, Date.now()) === null;
  const isNew = (userId: string) => userId !== meId && !withChat.has(userId) && !isBlocked(userId);

  const chats = ranked(views.filter(mayWrite).map(chatTarget), wanted);
  const known = contacts
    .map(({ userId }) => userId)
    .filter(isNew)
    .map((userId) => personTarget(userId, nameOf(userId), store.user(userId).get()));
  const others = found.people.filter(({ id }) => isNew(id)).map((user) => personTarget(user.id, nameIn(store, user), user));
  const fitting = [...chats, ...ranked(known, wanted), ...others];
  // Who was found by a name stays in sight when the name is gone.
  const stays = wanted === '' ? chosen.filter(({ key }) => !fitting.some((target) => target.key === key)) : [];
  return {
    targets: unique([...stays, ...fitting]).slice(0, shownMax),
    searching: found.searching,
    searchTrouble: found.trouble,
  };
}

function nameIn(store: ChatClient['store'], user: UserView): string {
  return store.relation(user.id).get().contact?.remark ?? user.displayName;
}

function chatTarget(view: ConversationView): Target {
  const { id, kind, peer, title, avatarUrl } = view;
  return {
    key: id,
    name: kind === 'self' ? 'Notes to self' : title,
    avatar: { id: peer?.id ?? id, url: avatarUrl ?? peer?.avatarUrl, shape: kind === 'group' ? 'room' : 'person' },
    ...(kind === 'direct' && peer !== undefined ? { userName: peer.id } : {}),
  };
}

function personTarget(userId: string, name: string, user: UserView | undefined): Target {
  return { key: `@${userId}`, name, avatar: { id: userId, url: user?.avatarUrl, shape: 'person' }, userName: userId };
}

/** A contact may be found by the search as well. */
function unique(targets: readonly Target[]): Target[] {
  const keys = new Set<string>();
  return targets.filter(({ key }) => !keys.has(key) && keys.add(key));
}

/** Those that a query finds, the best first; those that are as good stay in their order. */
function ranked(targets: readonly Target[], query: string): Target[] {
  return targets
    .map((target) => ({ target, score: rank(target.name, query) ?? rank(target.userName ?? '', query) }))
    .filter(({ score }) => score !== undefined)
    .sort((a, b) => (a.score ?? 0) - (b.score ?? 0))
    .map(({ target }) => target);
}
