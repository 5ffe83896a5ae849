'use client';

import { useChatClient, useConversation } from '@nexo/client/react';
import { type GroupPreview, limits } from '@nexo/shared';
import { type FormEvent, useEffect, useState } from 'react';
import { countMembers } from '../lib/names.ts';
import { refusalOf } from '../lib/refusal-words.ts';
import { useAction } from '../lib/use-action.ts';
import { go, openConversation } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { TextField } from '../ui/text-field.tsx';

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where an invitation link leads, or the address of a group that is open: what it is, and the way in. */
export default function JoinPage({ door }: { door: string }) {
  const client = useChatClient();
  const input = uuid.test(door) ? { conversationId: door } : { code: door };
  const [preview, setPreview] = useState<GroupPreview | null>(null);
  const [refused, setRefused] = useState('');
  const { conversationId, code } = { conversationId: undefined, code: undefined, ...input };
  useEffect(() => {
    const asked = conversationId === undefined ? { code: code ?? '' } : { conversationId };
    client.trpc.groups.preview.query(asked).then(setPreview, (error: unknown) => setRefused(refusalOf(error).words));
  }, [client, conversationId, code]);

  return (
    <main aria-label="Join a group" className="main grid min-w-0 place-items-center overflow-y-auto bg-canvas">
      {preview !== null ? (
        <Door preview={preview} input={input} />
      ) : refused !== '' ? (
        <Notice words={refused} action={{ label: 'Back to chats', onClick: () => go({ name: 'chats' }, 'replace') }} />
      ) : null}
    </main>
  );
}

function Door({ preview, input }: { preview: GroupPreview; input: { conversationId?: string; code?: string } }) {
  const client = useChatClient();
  const [message, setMessage] = useState('');
  const [applied, setApplied] = useState(preview.joining === 'applied');
  const { run, busy, trouble } = useAction();
  const { name, avatarUrl, introduction, memberCount, joining, conversationId } = preview;
  const membership = useConversation(conversationId)?.me;
  const isIn = membership !== undefined && membership.leftAt === undefined;
  // Who waits here goes in as soon as they are let in.
  useEffect(() => {
    if (applied && isIn) openConversation(conversationId);
  }, [applied, isIn, conversationId]);

  async function enter(event: FormEvent) {
    event.preventDefault();
    const note = message.trim();
    await run(async () => {
      const result = await client.groups.join({ ...input, ...(note === '' ? {} : { message: note }) });
      if (result.status === 'applied') setApplied(true);
      else openConversation(result.conversation.id);
    });
  }
  return (
    <form
      onSubmit={(event) => void enter(event)}
      data-testid="join-group"
      className="m-4 flex w-full max-w-[360px] flex-col items-center gap-2 rounded-card bg-surface p-6 text-center"
    >
      <Avatar id={conversationId} name={name} url={avatarUrl} size={72} shape="room" />
      <h1 className="mt-2 max-w-full break-words font-semibold text-[17px] leading-6">{name}</h1>
      <p className="text-[13px] text-muted">{countMembers(memberCount)}</p>
      {introduction === undefined ? null : <p className="break-words text-[14px]">{introduction}</p>}
      {applied ? (
        <>
          <p role="status" className="mt-2 text-[14px] text-muted">
            You have asked to join. You are in as soon as an admin lets you.
          </p>
          <Button
            onClick={() => void run(() => client.trpc.groups.withdraw.mutate({ conversationId }).then(() => setApplied(false)))}
          >
            Take it back
          </Button>
        </>
      ) : joining === 'member' ? (
        <Button look="primary" className="mt-2" onClick={() => openConversation(conversationId)}>
          Open
        </Button>
      ) : (
        <>
          {joining === 'joins' ? null : (
            <TextField
              label="What the admins should know"
              className="w-full text-start"
              value={message}
              maxLength={limits.groupNoteMaxChars}
              onChange={(event) => setMessage(event.target.value)}
            />
          )}
          <Button look="primary" type="submit" className="mt-2" disabled={busy}>
            {joining === 'joins' ? 'Join group' : 'Ask to join'}
          </Button>
        </>
      )}
      <Button look="quiet" onClick={() => go({ name: 'chats' }, 'replace')}>
        Back to chats
      </Button>
      <p role="alert" className="text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
    </form>
  );
}
