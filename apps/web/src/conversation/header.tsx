'use client';

import { usePresence } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { ArrowLeft, PanelRight } from 'lucide-react';
import { PresenceDot } from '../people/presence-dot.tsx';
import { backToList, go, goBack, useRoute } from '../shell/route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { IconButton } from '../ui/button.tsx';
import { StatusLine } from './status-line.tsx';

/** The panel is a history entry of its own where it covers something, a switch where it stands beside. */
export function togglePanel(conversationId: string, isOpen: boolean): void {
  const route = { name: 'conversation', id: conversationId, details: !isOpen } as const;
  const pushes = matchMedia('(min-width: 1280px)').matches;
  if (isOpen && !pushes) goBack(route);
  else go(route, pushes ? 'replace' : 'push');
}

function PersonPresence({ userId }: { userId: string }) {
  const { status } = usePresence(userId);
  // The line beside it has the word.
  return (
    <span aria-hidden="true">
      <PresenceDot status={status} />
    </span>
  );
}

export function ConversationHeader({ conversation }: { conversation: ConversationView }) {
  const route = useRoute();
  const isPanelOpen = route.name === 'conversation' && route.details !== false;
  const { id, title, kind, peer } = conversation;
  return (
    <header
      data-region="header"
      className="flex h-14 shrink-0 items-center gap-2 border-border border-b bg-surface px-4 max-[600px]:px-2"
    >
      <IconButton label="Back to chats" className="only-narrow" onClick={backToList}>
        <ArrowLeft size={20} aria-hidden="true" />
      </IconButton>
      <button
        type="button"
        onClick={() => togglePanel(id, isPanelOpen)}
        title="Details"
        className="-mx-2 flex min-w-0 flex-1 items-center gap-3 rounded-control px-2 py-1 text-start hover:bg-hover"
      >
        <span className="relative shrink-0">
          <Avatar
            id={peer?.id ?? id}
            name={title}
            url={conversation.avatarUrl ?? peer?.avatarUrl}
            size={36}
            shape={kind === 'group' ? 'room' : 'person'}
          />
          {kind === 'direct' && peer !== undefined ? <PersonPresence userId={peer.id} /> : null}
        </span>
        <span className="min-w-0 flex-1">
          <h1 className="truncate font-semibold text-[15px] leading-5">{kind === 'self' ? 'Notes to self' : title}</h1>
          <StatusLine conversation={conversation} />
        </span>
      </button>
      {conversation.me.pendingRequests === undefined || isPanelOpen ? null : (
        <button
          type="button"
          onClick={() => togglePanel(id, false)}
          title="People want to join"
          data-testid="pending-requests"
          className="tabular h-7 shrink-0 rounded-full bg-accent px-3 text-[12px] text-on-accent"
        >
          {conversation.me.pendingRequests} to let in
        </button>
      )}
      <IconButton
        label={isPanelOpen ? 'Hide details' : 'Show details'}
        aria-pressed={isPanelOpen}
        onClick={() => togglePanel(id, isPanelOpen)}
      >
        <PanelRight size={20} aria-hidden="true" />
      </IconButton>
    </header>
  );
}
