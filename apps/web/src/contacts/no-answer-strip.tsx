'use client';

import { useMe, useRelation } from '@nexo/client/react';
import { go } from '../shell/route.ts';

/** Who lets only some write to them may write to others all the same; that those cannot answer is to be known before. */
export function NoAnswerStrip({ userId, name }: { userId: string; name: string }) {
  const me = useMe();
  const { contact } = useRelation(userId);
  const audience = me?.messagesFrom ?? 'everyone';
  if (audience === 'everyone' || (audience === 'contacts' && contact !== undefined)) return null;
  return (
    <p className="shrink-0 bg-surface px-6 pt-2 text-center text-[13px] text-muted leading-[18px]" data-testid="no-answer">
      {audience === 'nobody' ? 'Nobody can write to you' : 'Only your contacts can write to you'}, so {name} can’t answer.{' '}
      <button type="button" className="text-link underline" onClick={() => go({ name: 'settings' })}>
        Settings
      </button>
    </p>
  );
}
