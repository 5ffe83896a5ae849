'use client';

import { useChatClient, useMe, usePresence, useUser } from '@nexo/client/react';
import { type ConversationView, isSilenced, type MemberView } from '@nexo/shared';
import { useRef } from 'react';
import { untilWords } from '../lib/until-words.ts';
import { useMinute } from '../lib/use-minute.ts';
import { PresenceDot } from '../people/presence-dot.tsx';
import { useMemberName } from '../people/use-display-name.ts';
import { useOnScreen } from '../people/use-on-screen.ts';
import { openConversation } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { MemberMenu } from './member-menu.tsx';

/** How high the row of a member is (px). */
export const memberRowHeight = 52;

const roles = { owner: 'Owner', admin: 'Admin', member: '' };

/** One member of a group, and what can be done with them. */
export function MemberRow({
  conversation,
  member,
  tabIndex,
  run,
}: {
  conversation: ConversationView;
  member: MemberView;
  tabIndex?: 0 | -1;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}) {
  const client = useChatClient();
  const me = useMe();
  const now = useMinute();
  const user = useUser(member.userId);
  const name = useMemberName(member);
  const isMe = me?.id === member.userId;
  const ref = useRef<HTMLDivElement>(null);
  const { status } = usePresence(member.userId, useOnScreen(ref));
  // Before the id, of which there may be more than has room.
  const muted = isSilenced(member, now) ? `Muted ${untilWords(member.mutedUntil ?? 0, now)} · ` : '';
  function openChat() {
    if (isMe) return;
    client.conversations.openDirect(member.userId).then(
      (view) => openConversation(view.id),
      () => undefined,
    );
  }
  return (
    <div ref={ref} className="flex items-center">
      <button
        type="button"
        data-row-focus
        tabIndex={tabIndex}
        aria-disabled={isMe}
        title={isMe ? undefined : `Open the chat with ${name}`}
        onClick={openChat}
        className="flex h-13 min-w-0 flex-1 items-center gap-3 ps-5 pe-2 text-start -outline-offset-2 hover:bg-hover aria-disabled:cursor-default aria-disabled:bg-transparent"
      >
        <span className="relative shrink-0">
          <Avatar id={member.userId} name={name} url={user?.avatarUrl} size={36} />
          <PresenceDot status={status} />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium text-[14px] leading-5">
            <bdi>{name}</bdi>
            {isMe ? <span className="font-normal text-muted"> (you)</span> : null}
          </span>
          <span className="block truncate text-[12px] text-muted leading-4">{`${muted}@${member.userId}`}</span>
        </span>
        <span className="text-[12px] text-muted">{roles[member.role]}</span>
      </button>
      <MemberMenu conversation={conversation} member={member} name={name} tabIndex={tabIndex} run={run} />
    </div>
  );
}
