'use client';

import { useChatClient, useRelation } from '@nexo/client/react';
import { type ReactNode, useState } from 'react';

/** What somebody said in a group whom one has blocked is folded, until one wants to see it. */
export function BlockedVeil({
  userId,
  conversationId,
  children,
}: {
  userId: string;
  conversationId: string;
  children: ReactNode;
}) {
  const { store } = useChatClient();
  const { isBlocked } = useRelation(userId);
  const [isShown, setShown] = useState(false);
  if (!isBlocked || isShown || store.conversation(conversationId).get()?.kind !== 'group') return children;
  return (
    <span className="text-[13px] text-muted" data-testid="blocked-veil">
      Message from a blocked person ·{' '}
      <button type="button" className="text-link underline" onClick={() => setShown(true)}>
        Show
      </button>
    </span>
  );
}
