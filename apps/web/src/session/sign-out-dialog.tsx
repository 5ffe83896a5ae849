'use client';

import { useChatClient, useOutbox, useUnsavedDrafts } from '@nexo/client/react';
import { useRef, useState } from 'react';
import { countEdits, forgetNotes } from '../composer/composer-notes.ts';
import { listNames } from '../lib/names.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { useSession } from './session-provider.tsx';

const counted = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** Signing out forgets what is kept in this browser; what would be lost is said first. */
export function SignOutDialog() {
  const client = useChatClient();
  const { left } = useSession();
  const close = useUi((state) => state.close);
  const { pending, failed } = useOutbox();
  const drafts = useUnsavedDrafts();
  const [edits] = useState(countEdits);
  const [busy, setBusy] = useState(false);
  const stayRef = useRef<HTMLButtonElement>(null);
  const lost = [
    pending + failed > 0 ? `${counted(pending + failed, 'message')} not sent yet` : '',
    drafts > 0 ? counted(drafts, 'draft') : '',
    edits > 0 ? counted(edits, 'unsaved edit') : '',
  ].filter(Boolean);

  async function signOut() {
    setBusy(true);
    forgetNotes();
    // Without network the server learns of it when the session runs out; this browser forgets it in any case.
    await client.auth.logout().catch(() => undefined);
    close();
    left();
  }

  return (
    <LayerDialog title="Sign out?" alert initialFocus={stayRef}>
      <p className="px-5 pb-5 text-muted">
        {lost.length === 0
          ? 'Your messages stay on the server and come back when you sign in again.'
          : `You have ${listNames(lost, 3)} in this browser. Signing out deletes ${pending + failed + drafts + edits === 1 ? 'it' : 'them'}.`}
      </p>
      <div className="flex justify-end gap-2 px-5 pb-4">
        <Button ref={stayRef} onClick={close}>
          Stay
        </Button>
        <Button look={lost.length === 0 ? 'primary' : 'danger'} disabled={busy} onClick={() => void signOut()}>
          {lost.length === 0 ? 'Sign out' : 'Sign out and delete'}
        </Button>
      </div>
    </LayerDialog>
  );
}
