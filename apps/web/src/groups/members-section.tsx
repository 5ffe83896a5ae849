'use client';

import { useChatClient, useConnection, useMe, usePresence, useUser } from '@nexo/client/react';
import { type ConversationView, isSilenced, type MemberView, type UserView } from '@nexo/shared';
import { UserPlus } from 'lucide-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { listNames } from '../lib/names.ts';
import { refusalOf } from '../lib/refusal-words.ts';
import { useMinute } from '../lib/use-minute.ts';
import { PeoplePicker } from '../people/people-picker.tsx';
import { PresenceDot } from '../people/presence-dot.tsx';
import { useMemberName } from '../people/use-display-name.ts';
import { useOnScreen } from '../people/use-on-screen.ts';
import { openConversation } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { MemberMenu } from './member-menu.tsx';
import { untilWords } from './until-words.ts';
import { useCall } from './use-call.ts';
import { useWhyNot } from './use-group-rights.ts';

/** Who is in a group, a page at a time, and what can be done with each. */
export function MembersSection({ conversation }: { conversation: ConversationView }) {
  const client = useChatClient();
  const { id } = conversation;
  const live = useConnection().name === 'live';
  const whyNot = useWhyNot(conversation);
  // Whatever of the members changes moves the conversation; what is said in it does too, but asks for one page at most.
  const moved = useMembersMoved(id);
  const [members, setMembers] = useState<readonly MemberView[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const [told, setTold] = useState('');
  const { run, trouble, setTrouble } = useCall();
  const hidden = whyNot('seeMembers');
  const whyNotInvite = whyNot('invite');

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
    [client, id, setTrouble],
  );
  // What was missed without network is asked for when it is back.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is asked for anew when the members change.
  useEffect(() => {
    if (live && hidden === null) void load(undefined);
  }, [load, moved, live, hidden]);

  return (
    <section aria-label="Members" className="border-border border-t py-3">
      <div className="flex h-9 items-center ps-5 pe-3">
        <h3 className="flex-1 font-semibold text-[13px] text-muted">Members</h3>
        <IconButton
          label={whyNotInvite ?? 'Add people'}
          aria-pressed={adding}
          disabled={whyNotInvite !== null}
          onClick={() => setAdding((before) => !before)}
        >
          <UserPlus size={18} aria-hidden="true" />
        </IconButton>
      </div>
      {adding ? (
        <AddPeople
          conversationId={id}
          onDone={(words) => {
            setAdding(false);
            setTold(words);
          }}
        />
      ) : null}
      {hidden === null ? (
        <ul data-testid="members">
          {members.map((member) => (
            <Member key={member.userId} conversation={conversation} member={member} run={run} />
          ))}
        </ul>
      ) : (
        <p className="px-5 text-[13px] text-muted leading-[18px]">Only admins see who is in this group.</p>
      )}
      {cursor === null || hidden !== null ? null : (
        <Button look="quiet" className="mx-4" onClick={() => void load(cursor)}>
          Show more
        </Button>
      )}
      <p
        role="status"
        className={`px-5 text-[13px] leading-[18px] empty:hidden ${trouble === '' ? 'text-muted' : 'text-danger'}`}
      >
        {trouble || told}
      </p>
    </section>
  );
}

/** A number that moves with every event about members of this conversation. */
function useMembersMoved(conversationId: string): number {
  const client = useChatClient();
  const [moved, setMoved] = useState(0);
  useEffect(
    () =>
      client.on('item', (item) => {
        const isHere = 'conversationId' in item && item.conversationId === conversationId;
        if (isHere && /^members?\./.test(item.type)) setMoved((before) => before + 1);
      }),
    [client, conversationId],
  );
  return moved;
}

function AddPeople({ conversationId, onDone }: { conversationId: string; onDone: (words: string) => void }) {
  const client = useChatClient();
  const [people, setPeople] = useState<readonly UserView[]>([]);
  const { run, busy, trouble } = useCall();
  const add = () =>
    run(async () => {
      const { requestedUserIds } = await client.groups.invite(
        conversationId,
        people.map((person) => person.id),
      );
      const waiting = people.filter((person) => requestedUserIds.includes(person.id)).map((person) => person.displayName);
      onDone(waiting.length === 0 ? '' : `${listNames(waiting)} will be in once an admin agrees.`);
    });
  return (
    <div className="mb-3 flex max-h-80 flex-col border-border border-y bg-surface pt-3">
      <PeoplePicker chosen={people} onChange={setPeople} max={50} />
      <p role="alert" className="px-5 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
      <div className="flex shrink-0 justify-end gap-2 p-3 pt-0">
        <Button onClick={() => onDone('')}>Cancel</Button>
        <Button look="primary" disabled={busy || people.length === 0} onClick={() => void add()}>
          Add
        </Button>
      </div>
    </div>
  );
}

const roles = { owner: 'Owner', admin: 'Admin', member: '' };

function Member({
  conversation,
  member,
  run,
}: {
  conversation: ConversationView;
  member: MemberView;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}) {
  const client = useChatClient();
  const me = useMe();
  const now = useMinute();
  const user = useUser(member.userId);
  const name = useMemberName(member);
  const isMe = me?.id === member.userId;
  const ref = useRef<HTMLLIElement>(null);
  const { status } = usePresence(member.userId, useOnScreen(ref));
  const muted = isSilenced(member, now) ? ` · muted ${untilWords(member.mutedUntil ?? 0, now)}` : '';
  return (
    <li ref={ref} data-testid={`member:${member.userId}`} className="flex items-center">
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
        className="flex h-13 min-w-0 flex-1 items-center gap-3 ps-5 pe-2 text-start enabled:hover:bg-hover"
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
          <span className="block truncate text-[12px] text-muted leading-4">{`@${member.userId}${muted}`}</span>
        </span>
        <span className="text-[12px] text-muted">{roles[member.role]}</span>
      </button>
      <MemberMenu conversation={conversation} member={member} name={name} run={run} />
    </li>
  );
}
