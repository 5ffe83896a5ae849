'use client';

import { useChatClient } from '@nexo/client/react';
import type { ConversationView, MemberView } from '@nexo/shared';
import { useEffect, useMemo, useState } from 'react';
import { useSettled } from '../lib/use-settled.ts';
import { useNames } from '../people/use-names.ts';

/** So many members are known by their names from the first @ on; the others of a larger group are searched for. */
const knownMax = 150;
/** Typing this fast (ms between keys) asks once. */
const settleMs = 180;
const nobody: readonly MemberView[] = [];

/** Members of a group who may be meant by what is typed behind an @; asked for when the first @ is `wanted`. */
export function useNameableMembers({ id, kind }: ConversationView, wanted: boolean, words: string): readonly MemberView[] {
  const { members, isWhole } = useFirstMembers(id, kind === 'group' && wanted);
  const found = useFoundMembers(id, isWhole ? '' : words.trim());
  const all = useMemo(() => {
    const known = new Set(members.map(({ userId }) => userId));
    return [...members, ...found.filter(({ userId }) => !known.has(userId))];
  }, [members, found]);
  // Their names are loaded with the first look at them, and looked at again when they are there.
  useNames(useMemo(() => all.map(({ userId }) => userId), [all]));
  return all;
}

/** The first members by user id, and whether these are all. */
function useFirstMembers(conversationId: string, wanted: boolean): { members: readonly MemberView[]; isWhole: boolean } {
  const client = useChatClient();
  const [state, setState] = useState({ members: nobody, isWhole: true });
  useEffect(() => {
    if (!wanted) return;
    const list = client.groups.openMembers(conversationId);
    const hear = () => {
      const { members, hasMore, status } = list.state.get();
      if (status !== 'ready') return;
      setState({ members, isWhole: !hasMore });
      if (hasMore && members.length < knownMax) list.loadMore();
    };
    const stop = list.state.subscribe(hear);
    return () => {
      stop();
      list.close();
    };
  }, [client, conversationId, wanted]);
  return state;
}

/** Those who are called so, a moment after it was typed; without an answer there are those who are known. */
function useFoundMembers(conversationId: string, words: string): readonly MemberView[] {
  const client = useChatClient();
  const [found, setFound] = useState(nobody);
  const settled = useSettled(words, settleMs);
  useEffect(() => {
    if (settled === '') return;
    let isCurrent = true;
    client.groups.findMembers(conversationId, settled).then(
      (members) => isCurrent && setFound(members),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [client, conversationId, settled]);
  return found;
}
