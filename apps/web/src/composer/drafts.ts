import type { Draft } from '@nexo/client';
import { useConversationDraft } from '@nexo/client/react';
import type { Mention, ReplyView } from '@nexo/shared';
import { getClient } from '../session/engine.ts';
import { namedIn, setNamed, useNamed } from './composer-notes.ts';

/** What somebody began to write, what it answers, and whom it speaks to. */
interface WrittenDraft extends Draft {
  /** People chosen to be spoken to: those whose names still stand in the text will be. */
  mentions?: readonly Mention[];
}

const empty: Draft = { text: '' };

/** The draft of a conversation, on whichever device it was written; an empty one when there is none. */
export function useDraft(conversationId: string): WrittenDraft {
  return withNamed(useConversationDraft(conversationId), useNamed(conversationId));
}

/** The same outside of React. */
export function draftOf(conversationId: string): WrittenDraft {
  return withNamed(getClient()?.store.draft(conversationId).get() ?? empty, namedIn(conversationId));
}

function withNamed(draft: Draft, mentions: readonly Mention[]): WrittenDraft {
  return mentions.length === 0 ? draft : { ...draft, mentions };
}

/** Every key press is kept in this browser at once, and goes to the other devices soon. */
export function setDraft(
  conversationId: string,
  draft: { text: string; replyTo?: ReplyView | undefined; mentions?: readonly Mention[] | undefined },
): void {
  const { text, replyTo, mentions = [] } = draft;
  setNamed(conversationId, mentions);
  getClient()?.drafts.set(conversationId, replyTo === undefined ? { text } : { text, replyTo });
}
