'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { create } from 'zustand';
import { go, useRoute } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

interface TakeAway {
  conversationId: string;
  what: 'clear' | 'remove';
}

/** Of which chat what is to be taken away, while the question is asked. */
const useTakeAway = create<TakeAway>()(() => ({ conversationId: '', what: 'clear' }));

/** Asks first: it cannot be undone. */
export function askToTakeAway(conversationId: string, what: TakeAway['what']): void {
  useTakeAway.setState({ conversationId, what });
  useUi.getState().open('takeAway');
}

export function TakeAwayDialog() {
  const client = useChatClient();
  const route = useRoute();
  const { conversationId: id, what } = useTakeAway();
  const conversation = useConversation(id);
  const name = conversation?.title ?? 'this chat';
  const others = conversation?.kind === 'direct' || conversation?.kind === 'group';

  async function takeAway() {
    await (what === 'clear' ? client.conversations.clear(id) : client.conversations.remove(id));
    if (what === 'remove' && route.name === 'conversation' && route.id === id) go({ name: 'chats' }, 'replace');
  }

  return (
    <ConfirmDialog
      title={what === 'clear' ? `Clear ${name}?` : `Delete ${name}?`}
      words={`${
        what === 'clear'
          ? 'All messages that are there now go from all your devices.'
          : 'The chat and its messages go from all your devices. It comes back when somebody writes in it.'
      } ${others ? 'The others keep them. ' : ''}This cannot be undone.`}
      action={what === 'clear' ? 'Clear for me' : 'Delete for me'}
      stay="Keep"
      onConfirm={takeAway}
    />
  );
}
