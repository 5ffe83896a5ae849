'use client';

import { useChatClient } from '@nexo/client/react';
import { limits, type UserView } from '@nexo/shared';
import { type FormEvent, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/text-field.tsx';

/** What others see of oneself. */
export function ProfileForm({ me }: { me: UserView }) {
  const client = useChatClient();
  const [word, setWord] = useState<{ text: string; ok: boolean }>({ text: '', ok: true });
  const [busy, setBusy] = useState(false);

  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const text = (name: string) => String(values.get(name) ?? '').trim();
    const orNull = (value: string) => (value === '' ? null : value);
    setBusy(true);
    try {
      await client.users.update({
        displayName: text('displayName'),
        bio: orNull(text('bio')),
        avatarUrl: orNull(text('avatarUrl')),
      });
      setWord({ text: 'Saved', ok: true });
    } catch (error) {
      const { words, field } = refusalOf(error);
      setWord({ text: field === 'avatarUrl' ? 'The picture needs a full https address.' : words, ok: false });
    }
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void save(event)} onChange={() => setWord({ text: '', ok: true })}>
      <TextField
        label="Name"
        name="displayName"
        defaultValue={me.displayName}
        required
        maxLength={limits.displayNameMaxChars}
        autoComplete="name"
      />
      <TextField label="About you" name="bio" defaultValue={me.bio ?? ''} maxLength={limits.bioMaxChars} />
      <TextField
        label="Picture"
        name="avatarUrl"
        type="url"
        defaultValue={me.avatarUrl ?? ''}
        maxLength={2048}
        placeholder="https://…"
        hint="The address of a picture. Whoever sees you fetches it from there."
      />
      <div className="flex items-center gap-3">
        <Button type="submit" look="primary" disabled={busy}>
          Save
        </Button>
        <p role="status" className={`text-[13px] ${word.ok ? 'text-ok' : 'text-danger'}`}>
          {word.text}
        </p>
      </div>
    </form>
  );
}
