import type { BlockView, ContactRequestView, ContactsDiff, ContactView, MeEvent } from '@nexo/shared';
import type { ClientState } from './state.ts';

/** What a person decides about others. */
export interface ContactsState {
  /** By user id. */
  contacts: ReadonlyMap<string, ContactView>;
  /** Those that wait for an answer, by {@link requestKey}; they may have expired since. */
  requests: ReadonlyMap<string, ContactRequestView>;
  /** By user id. */
  blocks: ReadonlyMap<string, BlockView>;
}

/** The same as it is stored. */
export interface StoredContacts {
  contacts: readonly ContactView[];
  requests: readonly ContactRequestView[];
  blocks: readonly BlockView[];
}

export const noContacts: ContactsState = { contacts: new Map(), requests: new Map(), blocks: new Map() };

export const requestKey = (fromUserId: string, toUserId: string) => `${fromUserId} ${toUserId}`;

type ContactEvent = Extract<MeEvent, { type: 'me.contact' | 'me.contactRequest' | 'me.block' }>;

/** An event about contacts; the caller has checked that it is the next one. */
export function applyContactEvent(state: ClientState, event: ContactEvent): ClientState {
  const { contacts } = state;
  switch (event.type) {
    case 'me.contact': {
      const { userId, contact } = event;
      const requests = contact === null ? contacts.requests : withoutRequests(contacts.requests, userId);
      return { ...state, contacts: { ...contacts, requests, contacts: put(contacts.contacts, userId, contact) } };
    }
    case 'me.contactRequest':
      return { ...state, contacts: { ...contacts, requests: withRequest(contacts.requests, event.request) } };
    case 'me.block': {
      const { userId, block } = event;
      const requests = block === null ? contacts.requests : withoutRequests(contacts.requests, userId);
      return { ...state, contacts: { ...contacts, requests, blocks: put(contacts.blocks, userId, block) } };
    }
  }
}

/** What changed since a cursor. */
export function withContactsDiff(before: ContactsState, diff: ContactsDiff): ContactsState {
  const contacts = new Map(before.contacts);
  for (const id of diff.removedContactIds) contacts.delete(id);
  for (const contact of diff.contacts) contacts.set(contact.userId, contact);
  const blocks = new Map(before.blocks);
  for (const id of diff.unblockedIds) blocks.delete(id);
  for (const block of diff.blocks) blocks.set(block.userId, block);
  return { contacts, blocks, requests: diff.requests.reduce(withRequest, before.requests) };
}

/** As it is stored, and back. */
export function storedContacts({ contacts, requests, blocks }: ContactsState): StoredContacts {
  return { contacts: [...contacts.values()], requests: [...requests.values()], blocks: [...blocks.values()] };
}

export function restoredContacts({ contacts, requests, blocks }: StoredContacts): ContactsState {
  const all = { contacts: [...contacts], requests: [...requests], blocks: [...blocks] };
  return withContactsDiff(noContacts, { ...all, removedContactIds: [], unblockedIds: [] });
}

function withRequest(
  requests: ReadonlyMap<string, ContactRequestView>,
  request: ContactRequestView,
): ReadonlyMap<string, ContactRequestView> {
  const key = requestKey(request.fromUserId, request.toUserId);
  return put(requests, key, request.state === 'pending' ? request : null);
}

function withoutRequests(requests: ReadonlyMap<string, ContactRequestView>, userId: string) {
  const left = [...requests].filter(([, { fromUserId, toUserId }]) => fromUserId !== userId && toUserId !== userId);
  return left.length === requests.size ? requests : new Map(left);
}

function put<T>(map: ReadonlyMap<string, T>, key: string, value: T | null): ReadonlyMap<string, T> {
  if (value === null && !map.has(key)) return map;
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}
