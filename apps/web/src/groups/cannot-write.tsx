'use client';

import { useMe } from '@nexo/client/react';
import { type ConversationView, can, type Reason, rulesOf } from '@nexo/shared';
import type { ReactNode } from 'react';
import { useMinute } from '../lib/use-minute.ts';
import { untilWords } from './until-words.ts';

const words: Partial<Record<Reason, string>> = {
  left: 'You left this group. What was said before stays readable.',
  dismissed: 'This group was dismissed. What was said stays readable.',
  mutedAll: 'Only admins can write here.',
};

/** What stands where one writes: the composer, or one sentence why there is none. The draft is kept for when it is back. */
export function WriteOrWhyNot({ conversation, children }: { conversation: ConversationView; children: ReactNode }) {
  const meId = useMe()?.id ?? '';
  const now = useMinute();
  const why = whyNotWrite(conversation, meId, now);
  if (why === null) return children;
  return (
    <p
      className="grid min-h-[61px] shrink-0 place-items-center bg-surface px-6 text-center text-muted"
      data-testid="cannot-write"
    >
      {why}
    </p>
  );
}

/** Null: nothing is in the way. */
export function whyNotWrite({ kind, group, me }: ConversationView, userId: string, now: number): string | null {
  if (kind !== 'group') return me.leftAt === undefined ? null : (words.left ?? null);
  const verdict = can('send', {
    actor: { userId, role: me.role, mutedUntil: me.mutedUntil, left: me.leftAt !== undefined },
    rules: rulesOf(group),
    dismissed: group?.dismissedAt !== undefined,
    now,
  });
  if (verdict.allowed) return null;
  return words[verdict.reason] ?? `You are muted in this group ${untilWords(verdict.until ?? now, now)}.`;
}
