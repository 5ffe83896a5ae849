import type { Draft } from '@nexo/client';
import { useConversationDraft } from '@nexo/client/react';
import type { ReplyView } from '@nexo/shared';
import { getClient } from '../session/engine.ts';

const empty: Draft = { text: '' };

/** The draft of a conversation, on whichever device it was written; an empty one when there is none. */
export function useDraft(conversationId: string): Draft {
  return useConversationDraft(conversationId);
}

/** The same outside of React. */
export function draftOf(conversationId: string): Draft {
  return getClient()?.store.draft(conversationId).get() ?? empty;
}

/** Every key press is kept in this browser at once, and goes to the other devices soon. */
export function setDraft(conversationId: string, draft: { text: string; replyTo?: ReplyView | undefined }): void {
  getClient()?.drafts.set(conversationId, draft);
}
