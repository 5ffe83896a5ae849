'use client';

import { useChatClient } from '@nexo/client/react';
import { limits } from '@nexo/shared';
import { type FormEvent, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { Button } from '../ui/button.tsx';
import { TextField } from '../ui/text-field.tsx';

export function PasswordForm({ userId }: { userId: string }) {
  const client = useChatClient();
  const [errors, setErrors] = useState<{ current?: string; fresh?: string }>({});
  const [word, setWord] = useState('');
  const [busy, setBusy] = useState(false);

  async function change(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    setBusy(true);
    setErrors({});
    setWord('');
    try {
      await client.auth.changePassword({
        currentPassword: String(values.get('current')),
        newPassword: String(values.get('fresh')),
      });
      form.reset();
      setWord('Changed. Every other session was signed out.');
    } catch (error) {
      const { code, words } = refusalOf(error);
      if (code === 'WRONG_CREDENTIALS') setErrors({ current: 'This is not your password.' });
      else setErrors({ fresh: words });
    }
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void change(event)}>
      {/* Password managers need to know whose password this is. */}
      <input type="text" name="userId" value={userId} autoComplete="username" readOnly hidden />
      <TextField
        label="Password now"
        name="current"
        type="password"
        autoComplete="current-password"
        required
        maxLength={limits.passwordMaxChars}
        error={errors.current}
      />
      <TextField
        label="New password"
        name="fresh"
        type="password"
        autoComplete="new-password"
        required
        minLength={limits.passwordMinChars}
        maxLength={limits.passwordMaxChars}
        error={errors.fresh}
        hint="Every other session is signed out."
      />
      <div className="flex items-center gap-3">
        <Button type="submit" disabled={busy}>
          Change password
        </Button>
        <p role="status" className="text-[13px] text-ok">
          {word}
        </p>
      </div>
    </form>
  );
}
