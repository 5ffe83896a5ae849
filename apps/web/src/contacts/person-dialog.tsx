'use client';

import { useChatClient, useMe, usePresence, useUser } from '@nexo/client/react';
import { MessageCircle } from 'lucide-react';
import { useRef } from 'react';
import { useAction } from '../lib/use-action.ts';
import { useMinute } from '../lib/use-minute.ts';
import { presenceWords } from '../people/presence-words.ts';
import { useDisplayName } from '../people/use-display-name.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { PersonActions } from './person-actions.tsx';
import { usePersonLayer } from './person-layer.ts';

/** Who somebody is, wherever their name stands; the way to write to them, and what can be done about them. */
export function PersonDialog() {
  const userId = usePersonLayer((state) => state.userId);
  return userId === null ? null : <Person userId={userId} />;
}

function Person({ userId }: { userId: string }) {
  const client = useChatClient();
  const close = useUi((state) => state.close);
  const user = useUser(userId);
  const name = useDisplayName(userId);
  const isMe = useMe()?.id === userId;
  const presence = presenceWords(usePresence(userId, !isMe), useMinute());
  const { run, busy, trouble } = useAction();
  const writeRef = useRef<HTMLButtonElement>(null);
  // Under the own name for somebody stands theirs.
  const below = user === undefined || user.displayName === name ? `@${userId}` : `${user.displayName} · @${userId}`;
  const write = () =>
    run(async () => {
      const { id } = await client.conversations.openDirect(userId);
      close();
      openConversation(id);
    });
  return (
    <LayerDialog title="Profile" initialFocus={writeRef}>
      <div className="min-h-0 overflow-y-auto pb-3" data-testid="person">
        <div className="flex flex-col items-center gap-1 px-5 pb-4 text-center">
          <Avatar id={userId} name={name} url={user?.avatarUrl} size={96} />
          <p className="mt-3 max-w-full break-words font-semibold text-[17px] leading-6">
            <bdi>{name}</bdi>
          </p>
          <p className="text-[13px] text-muted">{below}</p>
          {isMe ? null : <p className="h-[18px] text-[13px] text-muted leading-[18px]">{presence}</p>}
          {user?.bio === undefined ? null : <p className="mt-2 whitespace-pre-wrap break-words text-[14px]">{user.bio}</p>}
          <Button ref={writeRef} look="primary" className="mt-3" disabled={busy} onClick={() => void write()}>
            <MessageCircle size={18} aria-hidden="true" /> {isMe ? 'Notes to self' : 'Write a message'}
          </Button>
          <p role="alert" className="text-[13px] text-danger empty:hidden">
            {trouble}
          </p>
        </div>
        {isMe ? null : <PersonActions userId={userId} name={name} />}
      </div>
    </LayerDialog>
  );
}
