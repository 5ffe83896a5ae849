'use client';

import { useRelation, useUser } from '@nexo/client/react';

/** What somebody is called here: the own name for a contact, else theirs, else (while it is loaded) the id. */
export function useDisplayName(userId: string): string {
  const user = useUser(userId);
  const { contact } = useRelation(userId);
  return contact?.remark ?? user?.displayName ?? userId;
}
