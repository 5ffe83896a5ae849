'use client';

import { useMe } from '@nexo/client/react';
import type { ConversationView, MemberView } from '@nexo/shared';
import { LogOut, Tag, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useUi } from '../shell/ui-store.ts';
import { askGroupTask } from './group-task.ts';
import { LinksSection } from './links-section.tsx';
import { MembersSection } from './members-section.tsx';
import { ProfileSection } from './profile-section.tsx';
import { RequestsSection } from './requests-section.tsx';
import { RulesSection } from './rules-section.tsx';
import { useWhyNot } from './use-group-rights.ts';

/** What one looks for first in a group that one is in: what it says of itself, and who waits to be let in. */
export function GroupTop({ conversation }: { conversation: ConversationView }) {
  const whyNot = useWhyNot(conversation);
  if (conversation.group?.dismissedAt !== undefined) {
    return (
      <p className="px-5 pb-6 text-center text-[13px] text-muted">This group was dismissed. What was said stays readable.</p>
    );
  }
  return (
    <>
      <ProfileSection conversation={conversation} />
      {whyNot('handleRequests') === null ? <RequestsSection conversation={conversation} /> : null}
    </>
  );
}

/** Who is in a group, its links and rules, and the ways out. */
export function GroupPanel({ conversation }: { conversation: ConversationView }) {
  const whyNot = useWhyNot(conversation);
  const me = useMe();
  const { id, me: mine, group } = conversation;
  if (group?.dismissedAt !== undefined) return null;
  const myself: MemberView = {
    ...{ userId: me?.id ?? '', role: mine.role, joinedAt: mine.joinedAt, readSeq: mine.readSeq },
    ...(mine.nickname === undefined ? {} : { nickname: mine.nickname }),
  };
  return (
    <>
      <MembersSection conversation={conversation} />
      {whyNot('manageLinks') === null ? <LinksSection conversation={conversation} /> : null}
      <RulesSection conversation={conversation} />
      <div className="border-border border-t p-3">
        <PanelButton
          icon={<Tag size={18} aria-hidden="true" />}
          onClick={() => askGroupTask({ kind: 'nickname', conversationId: id, member: myself, name: 'you' })}
        >
          Your name in this group
        </PanelButton>
        <PanelButton danger icon={<LogOut size={18} aria-hidden="true" />} onClick={() => useUi.getState().open('leaveGroup')}>
          Leave group
        </PanelButton>
        {whyNot('dismiss') === null ? (
          <PanelButton
            danger
            icon={<Trash2 size={18} aria-hidden="true" />}
            onClick={() => askGroupTask({ kind: 'dismiss', conversationId: id })}
          >
            Dismiss group
          </PanelButton>
        ) : null}
      </div>
    </>
  );
}

function PanelButton({
  icon,
  danger = false,
  onClick,
  children,
}: {
  icon: ReactNode;
  danger?: boolean;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className={`flex h-11 w-full items-center gap-3 rounded-control px-3 hover:bg-hover ${danger ? 'text-danger' : ''}`}
    >
      {icon} {children}
    </button>
  );
}
