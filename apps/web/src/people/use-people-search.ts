'use client';

import { useChatClient } from '@nexo/client/react';
import { limits, type UserView } from '@nexo/shared';
import { useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** Typing this fast (ms between keys) asks once. */
const settleMs = 180;

interface Found {
  /** The query that the people belong to. */
  query: string;
  people: readonly UserView[];
  trouble: string | null;
}

/** People whose id or name begins like the query. What was found stays until the next answer, so that nothing flickers. */
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
  return { ...found, searching: found.query !== wanted };
}
