'use client';

import { useConversation, usePresence } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { X } from 'lucide-react';
import { PersonActions } from '../contacts/person-actions.tsx';
import { DisappearingSettings } from '../disappearing/disappearing-settings.tsx';
import { GroupPanel, GroupTop } from '../groups/group-panel.tsx';
import { MembersView } from '../groups/members-view.tsx';
import { useWhyNot } from '../groups/use-group-rights.ts';
import { useAppKeys } from '../keys/use-keys.ts';
import { countMembers } from '../lib/names.ts';
import { useMinute } from '../lib/use-minute.ts';
import { OwnSettingsPanel } from '../own-settings/own-settings-panel.tsx';
import { presenceWords } from '../people/presence-words.ts';
import { goBack } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { togglePanel } from './header.tsx';

/** Beside a conversation, or over it: who this is, who is in it. */
export default function SidePanel({ conversationId, shows }: { conversationId: string; shows: 'details' | 'members' }) {
  const conversation = useConversation(conversationId);
  useAppKeys(
    {
      // All members lie over the details; where the panel covers the messages it is a layer, and Esc closes it.
      escape() {
        if (shows === 'members') {
          goBack({ name: 'conversation', id: conversationId, details: true });
          return true;
        }
        if (matchMedia('(min-width: 1280px)').matches) return false;
        togglePanel(conversationId, true);
        return true;
      },
    },
    2,
  );
  if (conversation === undefined) return null;
  return (
    <aside
      aria-label="Details"
      data-region="panel"
      data-testid="side-panel"
      className="panel flex min-h-0 flex-col overflow-y-auto border-border border-s bg-surface"
    >
      {shows === 'members' ? <AllMembers conversation={conversation} /> : <Details conversation={conversation} />}
    </aside>
  );
}

/** Who may not see them is shown the details, which say so. */
function AllMembers({ conversation }: { conversation: ConversationView }) {
  const { kind, me, group } = conversation;
  const whyNot = useWhyNot(conversation);
  const isThere = kind === 'group' && me.leftAt === undefined && group?.dismissedAt === undefined;
  return isThere && whyNot('seeMembers') === null ? (
    <MembersView conversation={conversation} />
  ) : (
    <Details conversation={conversation} />
  );
}

function Details({ conversation }: { conversation: ConversationView }) {
  const { kind, title, peer, group, me } = conversation;
  const isSelf = kind === 'self';
  const isInGroup = kind === 'group' && me.leftAt === undefined;
  // Under the own name for somebody stands theirs.
  const idLine = peer === undefined || peer.displayName === title ? `@${peer?.id ?? ''}` : `${peer.displayName} · @${peer.id}`;
  return (
    <>
      <div className="sticky top-0 z-[1] flex h-14 shrink-0 items-center gap-2 border-border border-b bg-surface ps-5 pe-3">
        <h2 className="flex-1 font-semibold text-[15px] leading-5">Details</h2>
        <IconButton label="Close details" onClick={() => togglePanel(conversation.id, true)}>
          <X size={20} aria-hidden="true" />
        </IconButton>
      </div>
      <div className="flex flex-col items-center gap-1 px-5 py-6 text-center">
        <Avatar
          id={peer?.id ?? conversation.id}
          name={title}
          url={conversation.avatarUrl ?? peer?.avatarUrl}
          size={96}
          shape={kind === 'group' ? 'room' : 'person'}
        />
        <p className="mt-3 max-w-full break-words font-semibold text-[17px] leading-6">
          <bdi>{isSelf ? 'Notes to self' : title}</bdi>
        </p>
        <p className="text-[13px] text-muted">
          {kind === 'group'
            ? countMembers(group?.memberCount ?? 1)
            : isSelf
              ? 'Only you can see this.'
              : kind === 'system'
                ? 'News from whoever runs this.'
                : idLine}
        </p>
        {kind === 'direct' && peer !== undefined ? <PresenceLine userId={peer.id} /> : null}
        {peer?.bio === undefined ? null : <p className="mt-2 whitespace-pre-wrap break-words text-[14px]">{peer.bio}</p>}
        {group?.introduction === undefined ? null : <p className="mt-2 break-words text-[14px]">{group.introduction}</p>}
      </div>
      {kind === 'direct' && peer !== undefined ? <PersonActions userId={peer.id} name={title} /> : null}
      {isInGroup ? <GroupTop conversation={conversation} /> : null}
      <OwnSettingsPanel conversation={conversation} />
      {me.leftAt === undefined && kind !== 'system' ? <DisappearingSettings conversation={conversation} /> : null}
      {isInGroup ? <GroupPanel conversation={conversation} /> : null}
    </>
  );
}

/** Keeps its height, so that what stands below does not move when it is known. */
function PresenceLine({ userId }: { userId: string }) {
  const words = presenceWords(usePresence(userId), useMinute());
  return (
    <p data-testid="presence-line" className="h-[18px] text-[13px] text-muted leading-[18px]">
      {words}
    </p>
  );
}
