'use client';

import { useConversation, useRelation } from '@nexo/client/react';

/** What stands in its place. */
export const veiledWords = 'Message from a blocked person';

/** Whether what this person said here is folded: in a group, of somebody whom one has blocked. */
export function useVeiled(conversationId: string, userId: string): boolean {
  const { isBlocked } = useRelation(userId);
  const isGroup = useConversation(conversationId)?.kind === 'group';
  return isBlocked && isGroup;
}
