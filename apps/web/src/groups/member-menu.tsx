'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient } from '@nexo/client/react';
import { type ConversationView, isMuted, type MemberView } from '@nexo/shared';
import { Ellipsis } from 'lucide-react';
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
  run,
}: {
  conversation: ConversationView;
  member: MemberView;
  name: string;
  run: (work: () => Promise<unknown>) => Promise<boolean>;
}) {
  const { groups } = useChatClient().trpc;
  const whyNot = useWhyNot(conversation);
  const now = useMinute();
  const { userId } = member;
  const conversationId = conversation.id;
  const target = { userId, role: member.role };
  const inDialog = (kind: 'kick' | 'transfer' | 'nickname') => () =>
    askGroupTask({ kind, conversationId, member, name } as GroupTask);

  return (
    <Menu.Root>
      <Menu.Trigger
        render={<IconButton label={`What to do with ${name}`} className="me-3" data-testid={`member-menu:${userId}`} />}
      >
        <Ellipsis size={18} aria-hidden="true" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner align="end" sideOffset={4} collisionPadding={8} className="z-40 outline-none">
          <Menu.Popup className="max-h-[var(--available-height)] w-64 overflow-y-auto rounded-card border border-border bg-surface py-1 shadow-dialog outline-none">
            <Item label="Name in this group…" why={whyNot('setNickname', target)} onChoose={inDialog('nickname')} />
            {member.role === 'owner' ? null : (
              <Item
                label={member.role === 'admin' ? 'Make a member again' : 'Make an admin'}
                why={whyNot('setRole', target)}
                onChoose={() =>
                  void run(() =>
                    groups.setRole.mutate({ conversationId, userId, role: member.role === 'admin' ? 'member' : 'admin' }),
                  )
                }
              />
            )}
            {isMuted(member, now) ? (
              <Item
                label="Let them write again"
                why={whyNot('mute', target)}
                onChoose={() => void run(() => groups.muteMember.mutate({ conversationId, userId, forMs: null }))}
              />
            ) : (
              mutings.map(({ label, forMs }) => (
                <Item
                  key={label}
                  label={label}
                  why={whyNot('mute', target)}
                  onChoose={() => void run(() => groups.muteMember.mutate({ conversationId, userId, forMs }))}
                />
              ))
            )}
            {member.role === 'owner' ? null : (
              <Item label="Make the owner…" why={whyNot('transfer', target)} onChoose={inDialog('transfer')} />
            )}
            <Item label="Remove from the group…" why={whyNot('kick', target)} danger onChoose={inDialog('kick')} />
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Item({
  label,
  why,
  danger = false,
  onChoose,
}: {
  label: string;
  why: string | null;
  danger?: boolean;
  onChoose: () => void;
}) {
  return (
    <Menu.Item
      disabled={why !== null}
      onClick={onChoose}
      className={`flex min-h-10 cursor-pointer flex-col justify-center px-4 py-1.5 text-[14px] leading-5 outline-none data-[disabled]:cursor-default data-[highlighted]:bg-hover data-[disabled]:text-muted ${danger && why === null ? 'text-danger' : ''}`}
    >
      {label}
      {why === null ? null : <span className="text-[12px] leading-4">{why}</span>}
    </Menu.Item>
  );
}
