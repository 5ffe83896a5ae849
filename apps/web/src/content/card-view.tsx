'use client';

import { useChatClient, useUser } from '@nexo/client/react';
import type { CardContent } from '@nexo/shared';
import { refusalOf } from '../lib/refusal-words.ts';
import { openConversation } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { announce } from '../ui/live-regions.tsx';

/** Somebody who was shown to us, as they are called now; and the way to write to them. */
export function CardView({ content }: { content: CardContent }) {
  const client = useChatClient();
  const user = useUser(content.userId);
  const name = user?.displayName ?? content.name;

  async function write() {
    try {
      openConversation((await client.conversations.openDirect(content.userId)).id);
    } catch (error) {
      announce(refusalOf(error).words);
    }
  }

  return (
    <button type="button" tabIndex={-1} className="content-row" onClick={() => void write()}>
      <Avatar id={content.userId} name={name} url={user?.avatarUrl} size={36} />
      <span className="min-w-0 text-start">
        <bdi className="block truncate">{name}</bdi>
        <span className="content-note">@{content.userId} · Write to them</span>
      </span>
    </button>
  );
}
