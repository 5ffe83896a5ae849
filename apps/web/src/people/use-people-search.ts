'use client';

import { useChatClient } from '@nexo/client/react';
import { limits, type UserView } from '@nexo/shared';
import { useEffect, useMemo, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** Typing this fast (ms between keys) asks once. */
const settleMs = 180;

interface Found {
  /** The query that the people belong to. */
  query: string;
  people: readonly UserView[];
  trouble: string | null;
}

/**
 * People whose id or name begins like the query. Until the next answer, those stay of whom the query still is a part, so that
 * nothing flickers and Enter takes nobody who was not meant.
 */
export function usePeopleSearch(query: string): Found & { searching: boolean } {
  const client = useChatClient();
  const wanted = query.trim().replace(/^@/, '').slice(0, limits.searchQueryMaxChars);
  const [found, setFound] = useState<Found>({ query: '', people: [], trouble: null });
  useEffect(() => {
    if (wanted === '') return setFound({ query: '', people: [], trouble: null });
    let current = true;
    const timer = setTimeout(() => {
      client.users.search(wanted).then(
        (people) => current && setFound({ query: wanted, people, trouble: null }),
        (error) => current && setFound({ query: wanted, people: [], trouble: refusalOf(error).words }),
      );
    }, settleMs);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [client, wanted]);
  const searching = found.query !== wanted;
  const people = useMemo(
    () => (searching ? found.people.filter((person) => speaksOf(person, wanted)) : found.people),
    [searching, found.people, wanted],
  );
  return { ...found, people, searching };
}

function speaksOf(person: UserView, query: string): boolean {
  return `${person.id}\n${person.displayName}`.toLowerCase().includes(query.toLowerCase());
}
