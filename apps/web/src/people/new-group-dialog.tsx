'use client';

import { useChatClient } from '@nexo/client/react';
import { limits, type UserView } from '@nexo/shared';
import { useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { useAttemptId } from '../lib/use-attempt-id.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Button } from '../ui/button.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { TextField } from '../ui/text-field.tsx';
import { PeoplePicker } from './people-picker.tsx';

/** A name and people make a group. */
export function NewGroupDialog() {
  const client = useChatClient();
  const close = useUi((state) => state.close);
  const [name, setName] = useState('');
  const [people, setPeople] = useState<readonly UserView[]>([]);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const [busy, setBusy] = useState(false);
  const attemptId = useAttemptId();
  const nameRef = useRef<HTMLInputElement>(null);

  async function create() {
    if (name.trim() === '') {
      setTrouble('A group needs a name.');
      nameRef.current?.focus();
      return;
    }
    setBusy(true);
    setTrouble(undefined);
    try {
      const wanted = { name: name.trim(), memberIds: people.map((person) => person.id) };
      const conversation = await client.groups.create({ ...wanted, clientGroupId: attemptId(wanted) });
      close();
      openConversation(conversation.id);
    } catch (error) {
      setTrouble(refusalOf(error).words);
      setBusy(false);
    }
  }

  return (
    <LayerDialog title="New group" initialFocus={nameRef}>
      <TextField
        ref={nameRef}
        label="Name of the group"
        className="px-5"
        value={name}
        maxLength={limits.groupNameMaxChars}
        onChange={(event) => setName(event.target.value)}
        error={trouble}
      />
      <PeoplePicker chosen={people} onChange={setPeople} max={limits.groupCreateMaxMembers} />
      <div className="flex shrink-0 justify-end gap-2 border-border border-t px-5 py-3">
        <Button onClick={close}>Cancel</Button>
        <Button look="primary" disabled={busy} onClick={() => void create()}>
          Create group
        </Button>
      </div>
    </LayerDialog>
  );
}
