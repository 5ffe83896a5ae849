'use client';

import { useChatClient } from '@nexo/client/react';
import type { ConversationView, UserView } from '@nexo/shared';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { listNames } from '../lib/names.ts';
import { useAction } from '../lib/use-action.ts';
import { PeoplePicker } from '../people/people-picker.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { useWhyNot } from './use-group-rights.ts';

/** The way to add people to a group: its button, the form that it opens, and what became of it. */
export function useAddPeople(conversation: ConversationView) {
  const [isOpen, setOpen] = useState(false);
  const [told, setTold] = useState('');
  const whyNot = useWhyNot(conversation)('invite');
  const button = (
    <IconButton
      label={whyNot ?? 'Add people'}
      aria-pressed={isOpen}
      disabled={whyNot !== null}
      onClick={() => setOpen((before) => !before)}
    >
      <UserPlus size={18} aria-hidden="true" />
    </IconButton>
  );
  const onDone = (words: string) => {
    setOpen(false);
    setTold(words);
  };
  return { button, form: isOpen ? <AddPeople conversationId={conversation.id} onDone={onDone} /> : null, told };
}

/** Chooses people and adds them to a group; `onDone` says who has to wait for an admin. */
function AddPeople({ conversationId, onDone }: { conversationId: string; onDone: (words: string) => void }) {
  const client = useChatClient();
  const [people, setPeople] = useState<readonly UserView[]>([]);
  const { run, busy, trouble } = useAction();
  const add = () =>
    run(async () => {
      const { requestedUserIds } = await client.groups.invite(
        conversationId,
        people.map((person) => person.id),
      );
      const waiting = people.filter((person) => requestedUserIds.includes(person.id)).map((person) => person.displayName);
      onDone(waiting.length === 0 ? '' : `${listNames(waiting)} will be in once an admin agrees.`);
    });
  return (
    <div className="mb-3 flex max-h-80 shrink-0 flex-col border-border border-y bg-surface pt-3">
      <PeoplePicker chosen={people} onChange={setPeople} max={50} />
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
      <div className="flex shrink-0 justify-end gap-2 px-5 pb-4">
        <Button onClick={() => onDone('')}>Cancel</Button>
        <Button look="primary" disabled={busy || people.length === 0} onClick={() => void add()}>
          Add
        </Button>
      </div>
    </div>
  );
}
