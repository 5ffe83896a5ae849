'use client';

import { Menu } from '@base-ui/react/menu';
import { useChatClient } from '@nexo/client/react';
import type { ContactView } from '@nexo/shared';
import { Ban, EllipsisVertical, Pencil, Pin, PinOff, UserMinus } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { IconButton } from '../ui/button.tsx';
import { announce } from '../ui/live-regions.tsx';
import { BlockDialog, RemoveDialog } from './person-dialogs.tsx';
import { RemarkDialog } from './remark-dialog.tsx';

/** What can be done with a contact beside opening the chat. */
export function ContactMenu({ contact, name }: { contact: ContactView; name: string }) {
  const client = useChatClient();
  const [dialog, setDialog] = useState<'remark' | 'remove' | 'block' | null>(null);
  const { run } = useAction();
  const { userId } = contact;
  const isPinned = contact.pinnedAt !== undefined;
  const close = () => setDialog(null);
  async function pin() {
    const isDone = await run(() => client.contacts.update(userId, { pinned: !isPinned }));
    announce(isDone ? `${name} ${isPinned ? 'unpinned' : 'pinned'}` : 'That was refused. Try again.');
  }
  return (
    <>
      <Menu.Root>
        <Menu.Trigger render={<IconButton label={`More for ${name}`} className="size-11" />}>
          <EllipsisVertical size={18} aria-hidden="true" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner align="end" sideOffset={4} className="z-30">
            <Menu.Popup className="min-w-52 rounded-card border border-border bg-surface p-1 shadow-dialog outline-none">
              <Item icon={isPinned ? <PinOff size={18} /> : <Pin size={18} />} onClick={() => void pin()}>
                {isPinned ? 'Unpin' : 'Pin to the top'}
              </Item>
              <Item icon={<Pencil size={18} />} onClick={() => setDialog('remark')}>
                Your name for them…
              </Item>
              <Item icon={<UserMinus size={18} />} danger onClick={() => setDialog('remove')}>
                Remove contact…
              </Item>
              <Item icon={<Ban size={18} />} danger onClick={() => setDialog('block')}>
                Block…
              </Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {dialog === 'remark' ? <RemarkDialog userId={userId} onClose={close} /> : null}
      {dialog === 'remove' ? <RemoveDialog userId={userId} name={name} onClose={close} /> : null}
      {dialog === 'block' ? <BlockDialog userId={userId} name={name} onClose={close} /> : null}
    </>
  );
}

function Item({
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
    <Menu.Item
      onClick={onClick}
      className={`flex h-10 cursor-default items-center gap-3 rounded-control px-3 text-[14px] outline-none data-[highlighted]:bg-hover ${
        danger ? 'text-danger' : ''
      }`}
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </Menu.Item>
  );
}
