'use client';

import type { Draft } from '@nexo/client';
import { useChatClient } from '@nexo/client/react';
import { FilePen, X } from 'lucide-react';
import { plainExcerpt } from '../message-list/content-text.ts';
import { Button } from '../ui/button.tsx';
import { focusComposer } from './focus-composer.ts';

/** What was written on another device meanwhile: nothing that is typed here gives way to it by itself. */
export default function OtherDraft({ conversationId, other }: { conversationId: string; other: NonNullable<Draft['other']> }) {
  const client = useChatClient();
  return (
    <div className="flex h-11 items-center gap-3" data-testid="other-draft" role="status">
      <FilePen size={18} aria-hidden="true" className="shrink-0 text-muted" />
      <p className="min-w-0 flex-1 truncate text-[13px] leading-[18px]">
        <span className="text-muted">Another draft of yours: </span>
        <bdi>{plainExcerpt(other.text)}</bdi>
      </p>
      <Button
        look="quiet"
        onClick={() => {
          client.drafts.takeOther(conversationId);
          focusComposer();
        }}
      >
        Use it
      </Button>
      <button
        type="button"
        onClick={() => {
          client.drafts.dismissOther(conversationId);
          focusComposer();
        }}
        aria-label="Forget the other draft"
        title="Forget the other draft"
        className="grid size-9 shrink-0 place-items-center rounded-control text-muted hover:bg-hover"
      >
        <X size={18} aria-hidden="true" />
      </button>
    </div>
  );
}
