'use client';

import { useMemberList } from '@nexo/client/react';
import { type ConversationView, limits, type MemberView } from '@nexo/shared';
import { ArrowLeft, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { togglePanel } from '../conversation/header.tsx';
import { countMembers } from '../lib/names.ts';
import { useAction } from '../lib/use-action.ts';
import { useSettled } from '../lib/use-settled.ts';
import { goBack } from '../shell/route.ts';
import { IconButton } from '../ui/button.tsx';
import { VirtualList } from '../ui/virtual-list.tsx';
import { useAddPeople } from './add-people.tsx';
import { MemberRow, memberRowHeight } from './member-row.tsx';
import { TroubleLine } from './trouble-line.tsx';
import { useMembersShown } from './use-members-shown.ts';

/** Typing this fast (ms between keys) asks once. */
const settleMs = 180;
const keyOf = (member: MemberView) => member.userId;
const rowTestId = (member: MemberView) => `member:${member.userId}`;

/** All members of a group in place of its details, however many: they come as one scrolls, and are found by their names. */
export function MembersView({ conversation }: { conversation: ConversationView }) {
  const { id } = conversation;
  const [text, setText] = useState('');
  const wanted = text.trim().replace(/^@/, '').slice(0, limits.searchQueryMaxChars);
  const settled = useSettled(wanted, settleMs);
  const list = useMemberList(id, settled === '' ? undefined : settled);
  /** Until those of what is typed now are there, the former ones stand. */
  const query = list?.query;
  const { members, isLoading, hasMore, trouble, retry } = useMembersShown(list);
  const adding = useAddPeople(conversation);
  const call = useAction();
  const total = conversation.group?.memberCount ?? members.length;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);

  const found = query === undefined || isLoading || trouble !== '' ? '' : foundWords(query, members.length, hasMore);
  return (
    <>
      <div className="flex h-14 shrink-0 items-center gap-2 border-border border-b ps-3 pe-3">
        <IconButton label="Back to details" onClick={() => goBack({ name: 'conversation', id, details: true })}>
          <ArrowLeft size={20} aria-hidden="true" className="rtl:-scale-x-100" />
        </IconButton>
        <h2 ref={heading} tabIndex={-1} className="flex-1 truncate font-semibold text-[15px] leading-5 outline-none">
          {countMembers(total)}
        </h2>
        {adding.button}
        {/* Where the panel covers the messages, the way back leads out of it. */}
        <IconButton label="Close details" className="max-[1279px]:hidden" onClick={() => togglePanel(id, true)}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </div>
      {adding.form}
      <div className="shrink-0 px-5 pt-3 pb-2">
        <input
          type="search"
          aria-label="Search members"
          placeholder="Search members"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-10 w-full rounded-control border border-border-strong bg-surface-2 px-3 text-[15px] max-[600px]:text-[16px]"
        />
        <p role="status" className="h-[18px] pt-1 text-[12px] text-muted leading-[18px]">
          {found}
        </p>
      </div>
      <TroubleLine trouble={call.trouble || trouble} told={adding.told} onRetry={retry} />
      <VirtualList
        key={query ?? ''}
        items={members}
        keyOf={keyOf}
        rowHeight={memberRowHeight}
        renderRow={(member, tabIndex) => (
          <MemberRow conversation={conversation} member={member} tabIndex={tabIndex} run={call.run} />
        )}
        rowTestId={rowTestId}
        label="Members"
        total={query === undefined ? total : hasMore ? undefined : members.length}
        hasMore={hasMore && trouble === ''}
        onNeedMore={retry}
        testId="all-members"
      />
    </>
  );
}

function foundWords(query: string, count: number, hasMore: boolean): string {
  if (count === 0) return `Nobody here is called “${query}”.`;
  return hasMore ? `More than ${count} are found.` : `${count} found.`;
}
