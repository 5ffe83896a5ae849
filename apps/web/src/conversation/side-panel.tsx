'use client';

import { useChatClient, useConnection, useConversation, useMe, usePresence, useUser } from '@nexo/client/react';
import type { ConversationView, MemberView, UserView } from '@nexo/shared';
import { LogOut, UserPlus, X } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { PersonActions } from '../contacts/person-actions.tsx';
import { useAppKeys } from '../keys/use-keys.ts';
import { countMembers } from '../lib/names.ts';
import { refusalOf } from '../lib/refusal-words.ts';
import { useMinute } from '../lib/use-minute.ts';
import { OwnSettingsPanel } from '../own-settings/own-settings-panel.tsx';
import { PeoplePicker } from '../people/people-picker.tsx';
import { PresenceDot } from '../people/presence-dot.tsx';
import { presenceWords } from '../people/presence-words.ts';
import { useDisplayName } from '../people/use-display-name.ts';
import { useOnScreen } from '../people/use-on-screen.ts';
import { openConversation } from '../shell/route.ts';
import { useUi } from '../shell/ui-store.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { togglePanel } from './header.tsx';

/** Beside a conversation, or over it: who this is, who is in it. */
export default function SidePanel({ conversationId }: { conversationId: string }) {
  const conversation = useConversation(conversationId);
  useAppKeys(
    {
      // Where the panel covers the messages it is a layer, and Esc closes it.
      escape() {
        if (matchMedia('(min-width: 1280px)').matches) return false;
        togglePanel(conversationId, true);
        return true;
      },
    },
    2,
  );
  if (conversation === undefined) return null;
  const { kind, title, peer, group, me } = conversation;
  const isSelf = kind === 'self';
  // Under the own name for somebody stands theirs.
  const idLine = peer === undefined || peer.displayName === title ? `@${peer?.id ?? ''}` : `${peer.displayName} · @${peer.id}`;
  return (
    <aside
      aria-label="Details"
      data-region="panel"
      data-testid="side-panel"
      className="panel flex min-h-0 flex-col overflow-y-auto border-border border-s bg-surface"
    >
      <div className="sticky top-0 z-[1] flex h-14 shrink-0 items-center gap-2 border-border border-b bg-surface ps-5 pe-3">
        <h2 className="flex-1 font-semibold text-[15px] leading-5">Details</h2>
        <IconButton label="Close details" onClick={() => togglePanel(conversationId, true)}>
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
      <OwnSettingsPanel conversation={conversation} />
      {kind === 'group' && me.leftAt === undefined ? <Members conversation={conversation} /> : null}
      {kind === 'group' && me.leftAt === undefined ? (
        <div className="border-border border-t p-3">
          <button
            type="button"
            onClick={() => useUi.getState().open('leaveGroup')}
            className="flex h-11 w-full items-center gap-3 rounded-control px-3 text-danger hover:bg-hover"
          >
            <LogOut size={18} aria-hidden="true" /> Leave group
          </button>
        </div>
      ) : null}
    </aside>
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

function Members({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const { id } = conversation;
  const live = useConnection().name === 'live';
  const count = conversation.group?.memberCount ?? 0;
  const [members, setMembers] = useState<readonly MemberView[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [trouble, setTrouble] = useState('');
  const [adding, setAdding] = useState(false);

  const load = useCallback(
    async (from: string | undefined) => {
      try {
        const page = await client.groups.members(id, from);
        setMembers((before) => (from === undefined ? page.items : [...before, ...page.items]));
        setCursor(page.nextCursor);
        setTrouble('');
      } catch (error) {
        setTrouble(refusalOf(error).words);
      }
    },
    [client, id],
  );
  // Who comes and goes changes the count; what was missed without network is asked for when it is back.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is asked for anew when the members change.
  useEffect(() => {
    if (live) void load(undefined);
  }, [load, count, live]);

  return (
    <section aria-label="Members" className="border-border border-t py-3">
      <div className="flex h-9 items-center ps-5 pe-3">
        <h3 className="flex-1 font-semibold text-[13px] text-muted">Members</h3>
        <IconButton label="Add people" aria-pressed={adding} onClick={() => setAdding((before) => !before)}>
          <UserPlus size={18} aria-hidden="true" />
        </IconButton>
      </div>
      {adding ? <AddPeople conversationId={id} onDone={() => setAdding(false)} /> : null}
      <ul data-testid="members">
        {members.map((member) => (
          <Member key={member.userId} member={member} />
        ))}
      </ul>
      {cursor === null ? null : (
        <Button look="quiet" className="mx-4" onClick={() => void load(cursor)}>
          Show more
        </Button>
      )}
      <p role="status" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
    </section>
  );
}

function AddPeople({ conversationId, onDone }: { conversationId: string; onDone: () => void }) {
  const client = useChatClient();
  const [people, setPeople] = useState<readonly UserView[]>([]);
  const [trouble, setTrouble] = useState('');
  async function add() {
    try {
      await client.trpc.groups.invite.mutate({ conversationId, userIds: people.map((person) => person.id) });
      onDone();
    } catch (error) {
      setTrouble(refusalOf(error).words);
    }
  }
  return (
    <div className="mb-3 flex max-h-80 flex-col border-border border-y bg-surface pt-3">
      <PeoplePicker chosen={people} onChange={setPeople} max={50} />
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
      <div className="flex shrink-0 justify-end gap-2 p-3 pt-0">
        <Button onClick={onDone}>Cancel</Button>
        <Button look="primary" disabled={people.length === 0} onClick={() => void add()}>
          Add
        </Button>
      </div>
    </div>
  );
}

const roles = { owner: 'Owner', admin: 'Admin', member: '' };

function Member({ member }: { member: MemberView }) {
  const client = useChatClient();
  const me = useMe();
  const user = useUser(member.userId);
  const displayName = useDisplayName(member.userId);
  const name = member.nickname ?? displayName;
  const isMe = me?.id === member.userId;
  const ref = useRef<HTMLLIElement>(null);
  const { status } = usePresence(member.userId, useOnScreen(ref));
  return (
    <li ref={ref} data-testid={`member:${member.userId}`}>
      <button
        type="button"
        disabled={isMe}
        title={isMe ? undefined : `Open the chat with ${name}`}
        onClick={() =>
          void client.conversations.openDirect(member.userId).then(
            (view) => openConversation(view.id),
            () => undefined,
          )
        }
        className="flex h-13 w-full items-center gap-3 px-5 text-start enabled:hover:bg-hover"
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
          <span className="block truncate text-[12px] text-muted leading-4">@{member.userId}</span>
        </span>
        <span className="text-[12px] text-muted">{roles[member.role]}</span>
      </button>
    </li>
  );
}
