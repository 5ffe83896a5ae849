'use client';

import { useChatClient, useRelation, useUser } from '@nexo/client/react';
import { limits } from '@nexo/shared';
import { type FormEvent, useRef, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { TextField } from '../ui/text-field.tsx';

/** The own name for a contact, which nobody else sees. */
export function RemarkDialog({ userId, onClose }: { userId: string; onClose: () => void }) {
  const client = useChatClient();
  const user = useUser(userId);
  const { contact } = useRelation(userId);
  const [remark, setRemark] = useState(contact?.remark ?? '');
  const { run, busy, trouble } = useAction();
  const fieldRef = useRef<HTMLInputElement>(null);
  async function save(event: FormEvent) {
    event.preventDefault();
    const name = remark.trim();
    if (await run(() => client.contacts.update(userId, { remark: name === '' ? null : name }))) onClose();
  }
  return (
    <LayerDialog title={`Your name for ${user?.displayName ?? userId}`} initialFocus={fieldRef} onClose={onClose}>
      <form onSubmit={(event) => void save(event)} className="px-5">
        <TextField
          ref={fieldRef}
          label="Name"
          placeholder={user?.displayName ?? userId}
          value={remark}
          maxLength={limits.contactRemarkMaxChars}
          onChange={(event) => setRemark(event.target.value)}
          hint="Only you see it. Leave it empty to use theirs."
          error={trouble === '' ? undefined : trouble}
        />
        <div className="flex justify-end gap-2 pt-1 pb-4">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={busy}>
            Save
          </Button>
        </div>
      </form>
    </LayerDialog>
  );
}
