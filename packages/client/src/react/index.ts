'use client';

import type {
  BlockView,
  ContactRequestView,
  ContactView,
  ConversationView,
  MemberView,
  MyUserView,
  PresenceView,
  UserView,
} from '@nexo/shared';
import { createContext, createElement, type ReactNode, use, useEffect, useState, useSyncExternalStore } from 'react';
import type { ChatClient } from '../types/client.ts';
import type { ConnectionState, Draft, MemberList, OutboxSummary, Readable, Relation, Timeline } from '../types/store.ts';

const ChatClientContext = createContext<ChatClient | null>(null);

/** Gives the views below it their client. */
export function ChatClientProvider({ client, children }: { client: ChatClient; children: ReactNode }) {
  return createElement(ChatClientContext, { value: client }, children);
}

/** The client of the nearest provider; throws when there is none. */
export function useChatClient(): ChatClient {
  const client = use(ChatClientContext);
  if (client === null) throw new Error('Put a ChatClientProvider around the views that use the chat client.');
  return client;
}

/** The value now; the component renders again when it, and only it, changes. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get, readable.get);
}

export function useConnection(): ConnectionState {
  return useReadable(useChatClient().store.connection);
}

export function useMe(): MyUserView | null {
  return useReadable(useChatClient().store.me);
}

/** False until there is something to show. */
export function useReady(): boolean {
  return useReadable(useChatClient().store.ready);
}

/** Pinned ones by their places, then the most recently active first. */
export function useConversationIds(): readonly string[] {
  return useReadable(useChatClient().store.conversationIds);
}

export function useConversation(conversationId: string): ConversationView | undefined {
  return useReadable(useChatClient().store.conversation(conversationId));
}

/** What is loaded of a conversation; `client.conversations.open` loads the first page. */
export function useTimeline(conversationId: string): Timeline {
  return useReadable(useChatClient().store.timeline(conversationId));
}

/** Loads an unknown user by itself. */
export function useUser(userId: string): UserView | undefined {
  return useReadable(useChatClient().store.user(userId));
}

/** A member of a group, loaded by itself; undefined of who is none, and where one may not see it. */
export function useMember(conversationId: string, userId: string): MemberView | undefined {
  return useReadable(useChatClient().store.member(conversationId, userId));
}

/** The members of a group, or those who are called like the query. Until those of a new query are there the former ones stay. */
export function useMemberList(conversationId: string, query?: string): MemberList | undefined {
  const client = useChatClient();
  const [shown, setShown] = useState<MemberList | undefined>(undefined);
  useEffect(() => {
    const list = client.groups.openMembers(conversationId, query);
    const show = () => {
      if (list.state.get().status !== 'loading') setShown(list);
    };
    const stop = list.state.subscribe(show);
    show();
    return () => {
      stop();
      list.close();
    };
  }, [client, conversationId, query]);
  return shown;
}

/** Ids of who is typing now, without oneself. */
export function useTyping(conversationId: string): readonly string[] {
  return useReadable(useChatClient().store.typing(conversationId));
}

/** Watches the user's presence while the component is there, or only while `isShown`. */
export function usePresence(userId: string, isShown = true): PresenceView {
  const client = useChatClient();
  useEffect(() => (isShown && userId !== '' ? client.presence.watch([userId]) : undefined), [client, userId, isShown]);
  return useReadable(client.store.presence(userId));
}

export function useOutbox(): OutboxSummary {
  return useReadable(useChatClient().store.outbox);
}

/** What stands in the composer, on whichever device it was written. */
export function useConversationDraft(conversationId: string): Draft {
  return useReadable(useChatClient().store.draft(conversationId));
}

/** Drafts that would be lost with this device. */
export function useUnsavedDrafts(): number {
  return useReadable(useChatClient().store.unsavedDrafts);
}

export function useTotalUnread(): number {
  return useReadable(useChatClient().store.totalUnread);
}

/** `failed` when nothing can be stored in this browser now. */
export function useStorageHealth(): 'ok' | 'failed' {
  return useReadable(useChatClient().store.storage);
}

/** All contacts, by user id. */
export function useContacts(): readonly ContactView[] {
  return useReadable(useChatClient().store.contacts);
}

/** Requests of both directions that wait for an answer, the newest first. */
export function useContactRequests(): readonly ContactRequestView[] {
  return useReadable(useChatClient().store.contactRequests);
}

/** Whom one has blocked oneself, the last first. */
export function useBlocks(): readonly BlockView[] {
  return useReadable(useChatClient().store.blocks);
}

/** How one stands to another person. */
export function useRelation(userId: string): Relation {
  return useReadable(useChatClient().store.relation(userId));
}
