'use client';

import { usePresence, useTyping } from '@nexo/client/react';
import type { ConversationView } from '@nexo/shared';
import { countMembers } from '../lib/names.ts';
import { useMinute } from '../lib/use-minute.ts';
import { presenceWords } from '../people/presence-words.ts';
import { useNames } from '../people/use-names.ts';
import { troubleWords, useTrouble } from './trouble.ts';

/** 'Ana is typing…', 'Ana and Bo are typing…', '3 people are typing…'. */
export function useTypingWords(conversationId: string): string {
  const typing = useTyping(conversationId);
  const nameOf = useNames(typing.slice(0, 2));
  const [first, second] = typing;
  if (first === undefined) return '';
  if (second === undefined) return `${nameOf(first)} is typing…`;
  if (typing.length === 2) return `${nameOf(first)} and ${nameOf(second)} are typing…`;
  return `${typing.length} people are typing…`;
}

/** One line under the title: trouble of the connection, who is typing, who is here. Its height never changes. */
export function StatusLine({ conversation }: { conversation: ConversationView }) {
  const trouble = useTrouble();
  const typing = useTypingWords(conversation.id);
  const { kind, group, peer, me } = conversation;
  const presence = usePresence(kind === 'direct' ? (peer?.id ?? '') : '');
  const now = useMinute();
  const resting =
    kind === 'group'
      ? me.leftAt !== undefined
        ? 'You are no longer in this group'
        : group?.dismissedAt !== undefined
          ? 'Dismissed'
          : countMembers(group?.memberCount ?? 1)
      : kind === 'self'
        ? 'Only you'
        : kind === 'system'
          ? 'News from whoever runs this'
          : presenceWords(presence, now) || `@${peer?.id ?? ''}`;
  const troubled = trouble !== null && trouble.kind !== 'back' ? troubleWords[trouble.kind] : '';
  return (
    <p
      data-testid="status-line"
      className={`h-4 truncate text-[12px] leading-4 ${troubled === '' && typing !== '' ? 'text-accent' : 'text-muted'}`}
    >
      {troubled || typing || resting}
    </p>
  );
}
