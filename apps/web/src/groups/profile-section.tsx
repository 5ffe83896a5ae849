'use client';

import { useChatClient } from '@nexo/client/react';
import { type ConversationView, limits } from '@nexo/shared';
import { Megaphone, Pencil } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/text-field.tsx';
import { useWhyNot } from './use-group-rights.ts';

/** The announcement, and the way to change what the group says of itself. */
export function ProfileSection({ conversation }: { conversation: ConversationView }) {
  const [editing, setEditing] = useState(false);
  const why = useWhyNot(conversation)('editProfile');
  const announcement = conversation.group?.announcement;
  return (
    <section aria-label="Profile" className="flex flex-col gap-3 px-5 pb-4">
      {announcement === undefined ? null : (
        <p
          className="flex gap-3 whitespace-pre-wrap break-words rounded-control bg-surface-2 p-3 text-[14px]"
          data-testid="announcement"
        >
          <Megaphone size={18} aria-hidden="true" className="mt-0.5 shrink-0 text-muted" />
          <span className="min-w-0">
            <span className="sr-only">Announcement: </span>
            {announcement}
          </span>
        </p>
      )}
      {editing && why === null ? (
        <ProfileForm conversation={conversation} onDone={() => setEditing(false)} />
      ) : (
        <Button disabled={why !== null} title={why ?? undefined} onClick={() => setEditing(true)}>
          <Pencil size={16} aria-hidden="true" /> Edit group
        </Button>
      )}
      {why === null ? null : <p className="text-center text-[12px] text-muted leading-4">{why}.</p>}
    </section>
  );
}

function ProfileForm({ conversation, onDone }: { conversation: ConversationView; onDone: () => void }) {
  const { groups } = useChatClient().trpc;
  const { id, group } = conversation;
  const [name, setName] = useState(group?.name ?? '');
  const [avatarUrl, setAvatarUrl] = useState(group?.avatarUrl ?? '');
  const [introduction, setIntroduction] = useState(group?.introduction ?? '');
  const [announcement, setAnnouncement] = useState(group?.announcement ?? '');
  const { run, busy, trouble } = useAction();

  async function keep(event: FormEvent) {
    event.preventDefault();
    const given = {
      name: name.trim(),
      avatarUrl: avatarUrl.trim() || null,
      introduction: introduction.trim() || null,
      announcement: announcement.trim() || null,
    };
    if (await run(() => groups.update.mutate({ conversationId: id, ...given }))) onDone();
  }
  return (
    <form onSubmit={(event) => void keep(event)} aria-label="Edit group">
      <TextField
        label="Name"
        required
        value={name}
        maxLength={limits.groupNameMaxChars}
        onChange={(event) => setName(event.target.value)}
      />
      <TextField
        label="Picture (address)"
        type="url"
        placeholder="https://"
        value={avatarUrl}
        onChange={(event) => setAvatarUrl(event.target.value)}
      />
      <TextArea label="Introduction" value={introduction} max={limits.groupIntroductionMaxChars} onChange={setIntroduction} />
      <TextArea label="Announcement" value={announcement} max={limits.groupAnnouncementMaxChars} onChange={setAnnouncement} />
      <p role="alert" className="min-h-5 text-[13px] text-danger">
        {trouble}
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onDone}>Cancel</Button>
        <Button look="primary" type="submit" disabled={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}

function TextArea({
  label,
  value,
  max,
  onChange,
}: {
  label: string;
  value: string;
  max: number;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="mb-3">
      <label htmlFor={id} className="mb-1 block font-medium text-[13px] text-muted leading-[18px]">
        {label}
      </label>
      <textarea
        id={id}
        rows={3}
        value={value}
        maxLength={max}
        onChange={(event) => onChange(event.target.value)}
        className="w-full resize-y rounded-control border border-border-strong bg-surface-2 px-3 py-2 text-[15px] max-[600px]:text-[16px]"
      />
    </div>
  );
}
