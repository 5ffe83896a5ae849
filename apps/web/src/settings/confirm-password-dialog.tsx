'use client';

import { limits } from '@nexo/shared';
import { type FormEvent, useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { TextField } from '../ui/text-field.tsx';

/** Asks for one's own password before something is done; stays open, and says why, while the server refuses it. */
export function ConfirmPasswordDialog({
  title,
  action,
  userId,
  confirm,
  onClose,
}: {
  title: string;
  /** What the button that does it says. */
  action: string;
  userId: string;
  /** Does it with the password; a refusal is thrown. */
  confirm: (password: string) => Promise<void>;
  onClose: () => void;
}) {
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const fieldRef = useRef<HTMLInputElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await confirm(String(new FormData(event.currentTarget).get('password')));
      onClose();
    } catch (refused) {
      const { code, words } = refusalOf(refused);
      setError(code === 'WRONG_CREDENTIALS' ? 'This is not your password.' : words);
      setBusy(false);
      fieldRef.current?.select();
    }
  }

  return (
    <LayerDialog title={title} initialFocus={fieldRef} onClose={onClose}>
      <form className="px-5 pb-3" onSubmit={(event) => void submit(event)}>
        {/* Password managers need to know whose password this is. */}
        <input type="text" name="userId" value={userId} autoComplete="username" readOnly hidden />
        <TextField
          ref={fieldRef}
          label="Your password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          maxLength={limits.passwordMaxChars}
          error={error}
          hint="So that nobody else can do this in your name."
        />
        <div className="mt-2 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy}>
            {action}
          </Button>
        </div>
      </form>
    </LayerDialog>
  );
}
