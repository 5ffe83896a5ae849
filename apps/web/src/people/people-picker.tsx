'use client';

import { useMe } from '@nexo/client/react';
import type { UserView } from '@nexo/shared';
import { X } from 'lucide-react';
import { useState } from 'react';
import { ChoiceList } from '../ui/choice-list.tsx';
import { PersonChoice } from './person-choice.tsx';
import { usePeopleSearch } from './use-people-search.ts';

/** Chooses several people: chips above, search below, all of it by keyboard (Backspace takes the last one back). */
export function PeoplePicker({
  chosen,
  onChange,
  max,
}: {
  chosen: readonly UserView[];
  onChange: (people: readonly UserView[]) => void;
  max: number;
}) {
  const me = useMe();
  const [query, setQuery] = useState('');
  const found = usePeopleSearch(query);
  const people = found.people.filter((person) => person.id !== me?.id);

  function toggle(person: UserView) {
    const without = chosen.filter((other) => other.id !== person.id);
    if (without.length < chosen.length) onChange(without);
    else if (chosen.length < max) onChange([...chosen, person]);
    setQuery('');
  }

  const note =
    found.trouble ??
    (chosen.length >= max
      ? `A group begins with at most ${max} people. More can be added afterwards.`
      : query.trim() !== '' && !found.searching && people.length === 0
        ? `Nobody is found for “${query.trim()}”.`
        : chosen.length === 0
          ? 'Type a name to find somebody.'
          : `${chosen.length} chosen`);
  return (
    <>
      <ul aria-label="Chosen people" className="flex max-h-24 shrink-0 flex-wrap gap-2 overflow-y-auto px-5 pb-2 empty:hidden">
        {chosen.map((person) => (
          <li key={person.id} className="flex h-8 items-center rounded-full bg-hover ps-3 text-[13px]">
            <bdi className="max-w-40 truncate">{person.displayName}</bdi>
            <button
              type="button"
              aria-label={`Remove ${person.displayName}`}
              onClick={() => toggle(person)}
              className="grid size-8 place-items-center rounded-full text-muted hover:text-text"
            >
              <X size={14} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <ChoiceList
        multiple
        label="Add people"
        placeholder="Name or user name"
        query={query}
        onQuery={setQuery}
        onBackspace={() => onChange(chosen.slice(0, -1))}
        note={note}
        choices={people.map((person) => {
          const isChosen = chosen.some((other) => other.id === person.id);
          return {
            id: person.id,
            chosen: isChosen,
            content: <PersonChoice person={person} chosen={isChosen} />,
            onChoose: () => toggle(person),
          };
        })}
      />
    </>
  );
}
