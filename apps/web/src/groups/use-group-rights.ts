'use client';

import { useMe } from '@nexo/client/react';
import { type ConversationView, can, type GroupAction, type GroupTarget, reasonWords, rulesOf } from '@nexo/shared';
import { useMinute } from '../lib/use-minute.ts';

/** Why the reader may not do this in the group, as they are told; null when they may. The server decides by the very same table. */
export type WhyNot = (action: GroupAction, target?: GroupTarget) => string | null;

export function useWhyNot(conversation: ConversationView): WhyNot {
  const me = useMe();
  const now = useMinute();
  const { group, me: mine } = conversation;
  const actor = { userId: me?.id ?? '', role: mine.role, mutedUntil: mine.mutedUntil, left: mine.leftAt !== undefined };
  const rules = rulesOf(group);
  const dismissed = group?.dismissedAt !== undefined;
  return (action, target) => {
    const verdict = can(action, { actor, rules, dismissed, target, now });
    return verdict.allowed ? null : reasonWords[verdict.reason];
  };
}
