'use client';

import type { ChatClient } from '@nexo/client';
import { useConversation, useRelation } from '@nexo/client/react';
import { create } from 'zustand';

/** What stands in its place. */
export const veiledWords = 'Message from a blocked person';

/** Whether what this person said here is folded: in a group, of somebody whom one has blocked. */
export function useVeiled(conversationId: string, userId: string): boolean {
  const { isBlocked } = useRelation(userId);
  const isGroup = useConversation(conversationId)?.kind === 'group';
  return isBlocked && isGroup;
}

/** A message, as far as it decides whether its words are kept from the reader. */
interface Said {
  conversationId: string;
  senderId: string;
  seq?: number | undefined;
}

interface UnveiledState {
  /** Messages that the reader wanted to see all the same. */
  keys: ReadonlySet<string>;
  show(message: Said): void;
}

const keyOf = ({ conversationId, seq }: Said) => `${conversationId} ${seq}`;

/** Nothing of it outlives the visit. */
export const useUnveiled = create<UnveiledState>()((set) => ({
  keys: new Set(),
  show: (message) => set(({ keys }) => ({ keys: new Set(keys).add(keyOf(message)) })),
}));

/** Whether the words of this message are kept from the reader, wherever they would stand. */
export function useHidden(message: Said): boolean {
  const isVeiled = useVeiled(message.conversationId, message.senderId);
  const isShown = useUnveiled((state) => state.keys.has(keyOf(message)));
  return isVeiled && !isShown;
}

/** The same at one moment. */
export function isHidden({ store }: ChatClient, message: Said): boolean {
  const { isBlocked } = store.relation(message.senderId).get();
  const isGroup = store.conversation(message.conversationId).get()?.kind === 'group';
  return isBlocked && isGroup && !useUnveiled.getState().keys.has(keyOf(message));
}
