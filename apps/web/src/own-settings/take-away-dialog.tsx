'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { useRef, useState } from 'react';
import { create } from 'zustand';
import { refusalOf } from '../lib/refusal-words.ts';
import { go, useRoute } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';

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
  const close = useUi((state) => state.close);
  const route = useRoute();
  const { conversationId: id, what } = useTakeAway();
  const conversation = useConversation(id);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const keepRef = useRef<HTMLButtonElement>(null);
  const name = conversation?.title ?? 'this chat';
  const others = conversation?.kind === 'direct' || conversation?.kind === 'group';

  async function takeAway() {
    setBusy(true);
    try {
      await (what === 'clear' ? client.conversations.clear(id) : client.conversations.remove(id));
      close();
      if (what === 'remove' && route.name === 'conversation' && route.id === id) go({ name: 'chats' }, 'replace');
    } catch (error) {
      setTrouble(refusalOf(error).words);
      setBusy(false);
    }
  }

  return (
    <LayerDialog title={what === 'clear' ? `Clear ${name}?` : `Delete ${name}?`} alert initialFocus={keepRef}>
      <p className="px-5 pb-2 text-muted">
        {what === 'clear'
          ? 'All messages that are there now go from all your devices.'
          : 'The chat and its messages go from all your devices. It comes back when somebody writes in it.'}{' '}
        {others ? 'The others keep them. ' : ''}This cannot be undone.
      </p>
      <p role="alert" className="min-h-7 px-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex justify-end gap-2 p-3 pt-0">
        <Button ref={keepRef} onClick={close}>
          Keep
        </Button>
        <Button look="danger" disabled={busy} onClick={() => void takeAway()}>
          {what === 'clear' ? 'Clear for me' : 'Delete for me'}
        </Button>
      </div>
    </LayerDialog>
  );
}
