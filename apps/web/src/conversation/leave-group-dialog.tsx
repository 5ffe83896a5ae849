'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { useState } from 'react';
import { Successor } from '../groups/successor.tsx';
import { useRoute } from '../shell/route.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

export function LeaveGroupDialog() {
  const client = useChatClient();
  const route = useRoute();
  const id = route.name === 'conversation' ? route.id : '';
  const conversation = useConversation(id);
  const [successor, setSuccessor] = useState<string | undefined>(undefined);
  const isOwner = conversation?.me.role === 'owner' && (conversation.group?.memberCount ?? 1) > 1;
  return (
    <ConfirmDialog
      title={`Leave ${conversation?.title ?? 'this group'}?`}
      words="You keep what was said until now. Somebody has to add you again to come back."
      action="Leave"
      stay="Stay"
      onConfirm={() => client.groups.leave(id, successor)}
    >
      {isOwner ? <Successor conversationId={id} chosen={successor} onChoose={setSuccessor} /> : null}
    </ConfirmDialog>
  );
}
