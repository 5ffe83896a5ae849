'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient, useMe, useRelation } from '@nexo/client/react';
import { type ConversationView, isSilenced, type MemberView, reasonWords } from '@nexo/shared';
import { Ellipsis } from 'lucide-react';
import { askToAddContact, showPerson } from '../contacts/person-layer.ts';
import { useMinute } from '../lib/use-minute.ts';
import { IconButton } from '../ui/button.tsx';
import { askGroupTask, type GroupTask } from './group-task.ts';
import { useWhyNot } from './use-group-rights.ts';

const hourMs = 3_600_000;
const mutings = [
  { label: 'Mute for an hour', forMs: hourMs },
  { label: 'Mute for a day', forMs: 24 * hourMs },
  { label: 'Mute for a week', forMs: 7 * 24 * hourMs },
] as const;

/** What can be done to one member; what is not allowed stands there with its reason. */
export function MemberMenu({
  conversation,
  member,
  name,
  tabIndex,
  run,
}: {
  conversation: ConversationView;
  member: MemberView;
  name: string;
  tabIndex?: 0 | -1 | undefined;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}) {
  const { groups } = useChatClient().trpc;
  const whyNot = useWhyNot(conversation);
  const now = useMinute();
  const { userId } = member;
  const meId = useMe()?.id;
  const conversationId = conversation.id;
  const target = { userId, role: member.role };
  const inDialog = (kind: 'kick' | 'transfer' | 'nickname') => () =>
    askGroupTask({ kind, conversationId, member, name } as GroupTask);

  const personal: Entry[] = [{ label: 'Profile…', why: null, onChoose: () => showPerson(userId) }];
  const { contact, outgoing, incoming, isBlocked } = useRelation(userId);
  const isStranger = contact === undefined && outgoing === undefined && incoming === undefined && !isBlocked;
  if (isStranger && userId !== meId) {
    personal.push({ label: 'Add to contacts…', why: whyNot('addContact', target), onChoose: () => askToAddContact(userId) });
  }
  const items: Entry[] = [{ label: 'Name in this group…', why: whyNot('setNickname', target), onChoose: inDialog('nickname') }];
  if (member.role !== 'owner') {
    const role = member.role === 'admin' ? 'member' : 'admin';
    items.push({
      label: role === 'member' ? 'Make a member again' : 'Make an admin',
      why: whyNot('setRole', target),
      onChoose: () => void run(() => groups.setRole.mutate({ conversationId, userId, role })),
    });
  }
  const mute = (label: string, forMs: number | null): Entry => ({
    label,
    why: whyNot('mute', target),
    onChoose: () => void run(() => groups.muteMember.mutate({ conversationId, userId, forMs })),
  });
  if (isSilenced(member, now)) items.push(mute('Let them write again', null));
  else items.push(...mutings.map(({ label, forMs }) => mute(label, forMs)));
  if (member.role !== 'owner')
    items.push({ label: 'Make the owner…', why: whyNot('transfer', target), onChoose: inDialog('transfer') });
  items.push({ label: 'Remove from the group…', why: whyNot('kick', target), danger: true, onChoose: inDialog('kick') });

  // What nobody does to themselves needs no reason; one reason for all is said once.
  const shown = items.filter(({ why }) => why !== reasonWords.self);
  const [first] = shown;
  const common = first !== undefined && shown.every(({ why }) => why === first.why) ? first.why : null;
  return (
    <Menu.Root>
      <Menu.Trigger
        render={
          <IconButton
            label={`What to do with ${name}`}
            tabIndex={tabIndex}
            className="me-3"
            data-testid={`member-menu:${userId}`}
          />
        }
      >
        <Ellipsis size={18} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-40 outline-none">
          <Menu.Popup className="max-h-[var(--available-height)] w-64 overflow-y-auto rounded-card border border-border bg-surface py-1 shadow-dialog outline-none">
            {personal.map((item) => (
              <Item key={item.label} {...item} says />
            ))}
            <Menu.Separator className="my-1 border-border border-t" />
            {common === null ? null : <p className="px-4 py-2 text-[12px] text-muted leading-4">{common}</p>}
            {shown.map((item) => (
              <Item key={item.label} {...item} says={common === null} />
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface Entry {
  label: string;
  why: string | null;
  danger?: boolean;
  onChoose: () => void;
}

function Item({ label, why, danger = false, says, onChoose }: Entry & { says: boolean }) {
  return (
    <Menu.Item
      disabled={why !== null}
      title={why ?? undefined}
      onClick={onChoose}
      className={`flex min-h-10 cursor-pointer flex-col justify-center px-4 py-1.5 text-[14px] leading-5 outline-none data-[disabled]:cursor-default data-[highlighted]:bg-hover data-[disabled]:text-muted ${danger && why === null ? 'text-danger' : ''}`}
    >
      {label}
      {why === null || !says ? null : <span className="text-[12px] leading-4">{why}</span>}
    </Menu.Item>
  );
}
