'use client';

import { useChatClient, useRelation } from '@nexo/client/react';
import { Ban, Check, Pencil, Pin, PinOff, UserMinus, UserPlus, X } from 'lucide-react';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { useAction } from '../lib/use-action.ts';
import { BlockDialog, RemoveDialog } from './person-dialogs.tsx';
import { RemarkDialog } from './remark-dialog.tsx';
import { RequestDialog } from './request-form.tsx';

/** What one may do about a person, where they are shown as a whole. Everything has its word. */
export function PersonActions({ userId, name }: { userId: string; name: string }) {
  const client = useChatClient();
  const { contact, incoming, outgoing, isBlocked } = useRelation(userId);
  const [dialog, setDialog] = useState<'request' | 'remark' | 'remove' | 'block' | null>(null);
  const { run, busy, trouble } = useAction();
  const close = () => setDialog(null);
  const { contacts } = client;
  const isPinned = contact?.pinnedAt !== undefined;
  return (
    <section aria-label={`You and ${name}`} className="border-border border-t p-3">
      {incoming === undefined ? null : (
        <div className="mb-2 rounded-control bg-hover px-3 py-2 text-[14px]">
          <p className="font-medium">{name} wants to become contacts.</p>
          {incoming.message === undefined ? null : <p className="mt-1 break-words text-muted">{incoming.message}</p>}
        </div>
      )}
      {isBlocked ? (
        <p className="mb-2 rounded-control bg-hover px-3 py-2 text-[14px] text-muted">You blocked {name}. They are not told.</p>
      ) : null}
      {incoming !== undefined ? (
        <>
          <Act icon={<Check size={18} />} disabled={busy} onClick={() => void run(() => contacts.respond(userId, true))}>
            Accept
          </Act>
          <Act icon={<X size={18} />} disabled={busy} onClick={() => void run(() => contacts.respond(userId, false))}>
            Refuse
          </Act>
        </>
      ) : null}
      {contact === undefined && incoming === undefined && outgoing === undefined && !isBlocked ? (
        <Act icon={<UserPlus size={18} />} onClick={() => setDialog('request')}>
          Add to contacts
        </Act>
      ) : null}
      {outgoing === undefined ? null : (
        <Act icon={<X size={18} />} disabled={busy} onClick={() => void run(() => contacts.cancelRequest(userId))}>
          Take back your request
        </Act>
      )}
      {contact === undefined ? null : (
        <>
          <Act icon={<Pencil size={18} />} onClick={() => setDialog('remark')}>
            Your name for them
          </Act>
          <Act
            icon={isPinned ? <PinOff size={18} /> : <Pin size={18} />}
            disabled={busy}
            onClick={() => void run(() => contacts.update(userId, { pinned: !isPinned }))}
          >
            {isPinned ? 'Unpin from contacts' : 'Pin in contacts'}
          </Act>
          <Act icon={<UserMinus size={18} />} danger onClick={() => setDialog('remove')}>
            Remove contact
          </Act>
        </>
      )}
      {isBlocked ? (
        <Act icon={<Ban size={18} />} disabled={busy} onClick={() => void run(() => contacts.unblock(userId))}>
          Unblock
        </Act>
      ) : (
        <Act icon={<Ban size={18} />} danger onClick={() => setDialog('block')}>
          Block
        </Act>
      )}
      <p role="alert" className="px-3 text-[13px] text-danger empty:hidden">
        {trouble}
      </p>
      {dialog === 'request' ? <RequestDialog userId={userId} onClose={close} /> : null}
      {dialog === 'remark' ? <RemarkDialog userId={userId} onClose={close} /> : null}
      {dialog === 'remove' ? <RemoveDialog userId={userId} name={name} onClose={close} /> : null}
      {dialog === 'block' ? <BlockDialog userId={userId} name={name} onClose={close} /> : null}
    </section>
  );
}

function Act({ icon, danger = false, children, ...props }: ComponentProps<'button'> & { icon: ReactNode; danger?: boolean }) {
  return (
    <button
      type="button"
      {...props}
      className={`flex h-11 w-full items-center gap-3 rounded-control px-3 text-[14px] hover:bg-hover disabled:opacity-50 ${
        danger ? 'text-danger' : ''
      }`}
    >
      <span aria-hidden="true">{icon}</span>
      {children}
    </button>
  );
}
