'use client';

import { useMember, useRelation, useUser } from '@nexo/client/react';
import type { MemberView } from '@nexo/shared';

/** What somebody is called here: the own name for a contact, else theirs, else (while it is loaded) the id. */
export function useDisplayName(userId: string): string {
  const user = useUser(userId);
  const { contact } = useRelation(userId);
  return contact?.remark ?? user?.displayName ?? userId;
}

/** What a member of a group is called: the own name for a contact, else theirs in this group, else theirs everywhere. */
export function useMemberName({ userId, nickname }: Pick<MemberView, 'userId' | 'nickname'>): string {
  const name = useDisplayName(userId);
  const hasOwnName = useRelation(userId).contact?.remark !== undefined;
  return hasOwnName ? name : (nickname ?? name);
}

/** The same of whoever said something in a conversation. */
export function useNameIn(conversationId: string, userId: string): string {
  return useMemberName({ userId, nickname: useMember(conversationId, userId)?.nickname });
}
