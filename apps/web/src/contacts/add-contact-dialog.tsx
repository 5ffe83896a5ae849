'use client';

import { useChatClient, useMe } from '@nexo/client/react';
import { useRef, useState } from 'react';
import { PersonChoice } from '../people/person-choice.tsx';
import { usePeopleSearch } from '../people/use-people-search.ts';
import { useUi } from '../shell/ui-store.ts';
import { ChoiceList } from '../ui/choice-list.tsx';
import { LayerDialog } from '../ui/layer-dialog.tsx';
import { usePersonLayer } from './person-layer.ts';
import { RequestForm } from './request-form.tsx';

/** Finds somebody who is no contact yet, unless they are known already, and asks them. */
export function AddContactDialog() {
  const { store } = useChatClient();
  const me = useMe();
  const asked = usePersonLayer((state) => state.userId);
  const close = useUi((state) => state.close);
  const [query, setQuery] = useState('');
  const [chosenId, setChosenId] = useState(asked);
  const found = usePeopleSearch(query);
  const inputRef = useRef<HTMLInputElement>(null);
  const others = found.people.filter((person) => person.id !== me?.id);
  const people = others.filter((person) => store.relation(person.id).get().contact === undefined);
  const note =
    found.trouble ??
    (query.trim() === ''
      ? 'Type a name or a user name to find somebody.'
      : found.searching || people.length > 0
        ? ''
        : others.length > 0
          ? 'Everybody found is a contact already.'
          : `Nobody is found for “${query.trim()}”.`);
  return (
    <LayerDialog title="Add a contact" initialFocus={inputRef}>
      {chosenId === null ? (
        <ChoiceList
          inputRef={inputRef}
          label="Find a person"
          placeholder="Name or user name"
          query={query}
          onQuery={setQuery}
          choices={people.map((person) => ({
            id: person.id,
            content: <PersonChoice person={person} />,
            onChoose: () => setChosenId(person.id),
          }))}
          note={note}
        />
      ) : (
        <RequestForm userId={chosenId} onDone={close} onBack={() => (asked === null ? setChosenId(null) : close())} />
      )}
    </LayerDialog>
  );
}
