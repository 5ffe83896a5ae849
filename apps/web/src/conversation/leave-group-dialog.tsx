'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { useRef, useState } from 'react';
import { Successor } from '../groups/successor.tsx';
import { refusalOf } from '../lib/refusal-words.ts';
import { useRoute } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';

export function LeaveGroupDialog() {
  const client = useChatClient();
  const close = useUi((state) => state.close);
  const route = useRoute();
  const id = route.name === 'conversation' ? route.id : '';
  const conversation = useConversation(id);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const [successor, setSuccessor] = useState<string | undefined>(undefined);
  const isOwner = conversation?.me.role === 'owner' && (conversation.group?.memberCount ?? 1) > 1;
  const stayRef = useRef<HTMLButtonElement>(null);

  async function leave() {
    setBusy(true);
    try {
      await client.groups.leave(id, successor);
      close();
    } catch (error) {
      setTrouble(refusalOf(error).words);
      setBusy(false);
    }
  }

  return (
    <LayerDialog title={`Leave ${conversation?.title ?? 'this group'}?`} alert initialFocus={stayRef}>
      <p className="px-5 pb-2 text-muted">You keep what was said until now. Somebody has to add you again to come back.</p>
      {isOwner ? <Successor conversationId={id} chosen={successor} onChoose={setSuccessor} /> : null}
      <p role="alert" className="min-h-7 px-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex justify-end gap-2 p-3 pt-0">
        <Button ref={stayRef} onClick={close}>
          Stay
        </Button>
        <Button look="danger" disabled={busy} onClick={() => void leave()}>
          Leave
        </Button>
      </div>
    </LayerDialog>
  );
}
