'use client';

import { useChatClient } from '@nexo/client/react';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

interface PersonDialogProps {
  userId: string;
  name: string;
  onClose: () => void;
}

export function RemoveDialog({ userId, name, onClose }: PersonDialogProps) {
  const client = useChatClient();
  return (
    <ConfirmDialog
      title={`Remove ${name} from your contacts?`}
      words="You leave their contacts, too. Your chat stays."
      action="Remove"
      onConfirm={() => client.contacts.remove(userId)}
      onClose={onClose}
    />
  );
}

export function BlockDialog({ userId, name, onClose }: PersonDialogProps) {
  const client = useChatClient();
  return (
    <ConfirmDialog
      title={`Block ${name}?`}
      words="Neither of you can write to the other directly or see when the other is online, types or has read. They are not told. In groups you still meet."
      action="Block"
      onConfirm={() => client.contacts.block(userId)}
      onClose={onClose}
    />
  );
}
