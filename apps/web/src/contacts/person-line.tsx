'use client';

import { usePresence, useRelation, useUser } from '@nexo/client/react';
import { type ReactNode, useRef } from 'react';
import { PresenceDot } from '../people/presence-dot.tsx';
import { useOnScreen } from '../people/use-on-screen.ts';
import { Avatar } from '../ui/avatar.tsx';

/** Somebody as a row of a list: who they are, what is to be said of it, what can be done. Under the own name stands theirs. */
export function PersonLine({
  userId,
  note,
  onOpen,
  children,
}: {
  userId: string;
  note?: string | undefined;
  /** The row opens something when it is pressed. */
  onOpen?: (() => void) | undefined;
  children?: ReactNode;
}) {
  const user = useUser(userId);
  const { contact, isBlocked } = useRelation(userId);
  const ref = useRef<HTMLLIElement>(null);
  const { status } = usePresence(userId, useOnScreen(ref) && !isBlocked);
  const theirs = user?.displayName ?? userId;
  const name = contact?.remark ?? theirs;
  const below = contact?.remark === undefined ? `@${userId}` : `${theirs} · @${userId}`;
  const who = (
    <>
      <span className="relative shrink-0">
        <Avatar id={userId} name={name} url={user?.avatarUrl} size={40} />
        <PresenceDot status={status} />
      </span>
      <span className="min-w-0 flex-1 text-start">
        <span className="block truncate font-medium text-[14px] leading-5">
          <bdi>{name}</bdi>
        </span>
        <span className="block truncate text-[12px] text-muted leading-4">{below}</span>
        {note === undefined ? null : <span className="mt-0.5 block break-words text-[13px] leading-[18px]">{note}</span>}
      </span>
    </>
  );
  return (
    <li ref={ref} data-testid={`person:${userId}`} className="flex min-h-14 flex-wrap items-center gap-x-2">
      {onOpen === undefined ? (
        <div className="flex min-w-40 flex-1 items-center gap-3 px-2 py-2">{who}</div>
      ) : (
        <button
          type="button"
          onClick={onOpen}
          title={`Open the chat with ${name}`}
          className="flex min-w-40 flex-1 items-center gap-3 rounded-control px-2 py-2 hover:bg-hover"
        >
          {who}
        </button>
      )}
      {children}
    </li>
  );
}
