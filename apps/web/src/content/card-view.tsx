'use client';

import { useRelation, useUser } from '@nexo/client/react';
import type { CardContent } from '@nexo/shared';
import { showPerson } from '../contacts/person-layer.ts';
import { Avatar } from '../ui/avatar.tsx';

/** Somebody who was shown to us, as they are called now; a press opens who they are. */
export function CardView({ content }: { content: CardContent }) {
  const user = useUser(content.userId);
  const name = useRelation(content.userId).contact?.remark ?? user?.displayName ?? content.name;
  return (
    <button type="button" tabIndex={-1} className="content-row" onClick={() => showPerson(content.userId)}>
      <Avatar id={content.userId} name={name} url={user?.avatarUrl} size={36} />
      <span className="min-w-0 text-start">
        <bdi className="block truncate">{name}</bdi>
        <span className="content-note">@{content.userId}</span>
        <span className="content-note">Show profile</span>
      </span>
    </button>
  );
}
