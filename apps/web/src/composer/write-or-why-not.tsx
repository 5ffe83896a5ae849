'use client';

import { useMe, useRelation } from '@nexo/client/react';
import { type ConversationView, can, type Reason, rulesOf } from '@nexo/shared';
import type { ReactNode } from 'react';
import { BlockedStrip } from '../contacts/blocked-strip.tsx';
import { NoAnswerStrip } from '../contacts/no-answer-strip.tsx';
import { untilWords } from '../lib/until-words.ts';
import { useMinute } from '../lib/use-minute.ts';

const words: Partial<Record<Reason, string>> = {
  left: 'You are no longer in this group. What was said before stays readable.',
  dismissed: 'This group was dismissed. What was said stays readable.',
  mutedAll: 'Only admins can write here.',
};

/**
 * What stands where one writes: the composer, or why there is none, with the way out where there is one. The draft is kept for when it
 * is back. That the other does not take messages is no such reason: it is told with the message that was refused, since it might be a
 * block.
 */
export function WriteOrWhyNot({ conversation, children }: { conversation: ConversationView; children: ReactNode }) {
  const meId = useMe()?.id ?? '';
  const now = useMinute(conversation.me.mutedUntil);
  const { kind, peer, title } = conversation;
  const peerId = kind === 'direct' ? peer?.id : undefined;
  const { isBlocked } = useRelation(peerId ?? '');
  if (peerId !== undefined && isBlocked) return <BlockedStrip userId={peerId} name={title} />;
  const why = whyNotWrite(conversation, meId, now);
  if (why !== null) {
    return (
      <p
        className="grid min-h-[61px] shrink-0 place-items-center bg-surface px-6 text-center text-muted"
        data-testid="cannot-write"
      >
        {why}
      </p>
    );
  }
  return (
    <>
      {peerId === undefined ? null : <NoAnswerStrip userId={peerId} name={title} />}
      {children}
    </>
  );
}

/** Null: nothing in the conversation itself is in the way. */
export function whyNotWrite({ kind, title, group, me }: ConversationView, userId: string, now: number): string | null {
  if (me.readOnly === true) return `Only ${title} writes here.`;
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
