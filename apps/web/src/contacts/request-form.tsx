'use client';

import { useChatClient, useUser } from '@nexo/client/react';
import { limits } from '@nexo/shared';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { announce } from '../ui/live-regions.tsx';

/** Asks one person to become contacts, with a word of one's own. */
export function RequestForm({ userId, onDone, onBack }: { userId: string; onDone: () => void; onBack: () => void }) {
  const client = useChatClient();
  const user = useUser(userId);
  const name = user?.displayName ?? userId;
  const [message, setMessage] = useState('');
  const { run, busy, trouble } = useAction();
  const id = useId();
  const fieldRef = useRef<HTMLTextAreaElement>(null);
  useEffect(() => fieldRef.current?.focus(), []);
  async function send(event: FormEvent) {
    event.preventDefault();
    const isSent = await run(async () => {
      const { kind } = await client.contacts.request(userId, message.trim() === '' ? undefined : message.trim());
      announce(kind === 'accepted' ? `${name} is a contact now` : `Request sent to ${name}`);
    });
    if (isSent) onDone();
  }
  return (
    <form onSubmit={(event) => void send(event)} className="flex flex-col gap-3 px-5 pb-3">
      <div className="flex items-center gap-3">
        <Avatar id={userId} name={name} url={user?.avatarUrl} size={40} />
        <span className="min-w-0">
          <span className="block truncate font-medium text-[14px] leading-5">
            <bdi>{name}</bdi>
          </span>
          <span className="block truncate text-[12px] text-muted leading-4">@{userId}</span>
        </span>
      </div>
      <label htmlFor={id} className="-mb-2 font-medium text-[13px] text-muted leading-[18px]">
        Message (optional)
      </label>
      <textarea
        ref={fieldRef}
        id={id}
        rows={3}
        value={message}
        maxLength={limits.contactRequestMessageMaxChars}
        onChange={(event) => setMessage(event.target.value)}
        placeholder="Say who you are"
        className="w-full resize-none rounded-control border border-border-strong bg-surface-2 px-3 py-2 text-[15px] max-[600px]:text-[16px]"
      />
      <p role="alert" className="min-h-5 text-[13px] text-danger leading-5">
        {trouble}
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onBack}>Cancel</Button>
        <Button type="submit" look="primary" disabled={busy}>
          Send request
        </Button>
      </div>
    </form>
  );
}

/** The same as a dialog of its own, where the person is known. */
export function RequestDialog({ userId, onClose }: { userId: string; onClose: () => void }) {
  return (
    <LayerDialog title="Add a contact" onClose={onClose}>
      <RequestForm userId={userId} onDone={onClose} onBack={onClose} />
    </LayerDialog>
  );
}
