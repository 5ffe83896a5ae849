'use client';

import type { MemberList, MemberListState, Readable } from '@nexo/client';
import { useReadable } from '@nexo/client/react';
import { useCallback } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

const nothing: MemberListState = { members: [], status: 'loading', hasMore: false };
const noList: Readable<MemberListState> = { get: () => nothing, subscribe: () => () => undefined };

/** What is loaded of a list of members now, with the words for what was refused. */
export function useMembersShown(list: MemberList | undefined) {
  const { members, status, hasMore, error } = useReadable(list?.state ?? noList);
  const retry = useCallback(() => list?.loadMore(), [list]);
  return { members, isLoading: status === 'loading', hasMore, trouble: error === undefined ? '' : refusalOf(error).words, retry };
}
