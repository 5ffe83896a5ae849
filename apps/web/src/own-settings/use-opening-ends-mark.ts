'use client';

import { useChatClient } from '@nexo/client/react';
import { type ConversationView, isMarkedUnread } from '@nexo/shared';
import { useEffect, useRef } from 'react';

/** Who opens a chat that is marked as unread has done what the mark was for. One that is marked while it is open keeps its mark. */
export function useOpeningEndsMark(conversation: ConversationView | undefined): void {
  const client = useChatClient();
  const looked = useRef(false);
  const id = conversation?.id;
  const isMarked = conversation !== undefined && isMarkedUnread(conversation.me);
  useEffect(() => {
    if (id === undefined || looked.current) return;
    looked.current = true;
    // Without network the mark stays, and the next opening ends it.
    if (isMarked) client.conversations.endUnreadMark(id).catch(() => undefined);
  }, [client, id, isMarked]);
}
