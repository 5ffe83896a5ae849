'use client';

import { useOutbox } from '@nexo/client/react';
import { useEffect, useRef } from 'react';
import { Button } from '../ui/button.tsx';
import { rememberEnded } from './ended-session.ts';

const words = {
  revoked: 'You were signed out on another device.',
  replaced: 'You signed in elsewhere, which took the place of this session, so this one was signed out.',
  expired: 'You have been away for long, so you were signed out.',
  logout: 'You signed out.',
};

/** Over the blurred chat: the session has ended from elsewhere, what was not sent is still here. */
export function SignedOutElsewhere({ reason, next }: { reason: keyof typeof words; next: string }) {
  const { pending, failed } = useOutbox();
  const unsent = pending + failed;
  const buttonRef = useRef<HTMLButtonElement>(null);
  useEffect(() => buttonRef.current?.focus(), []);
  return (
    <div
      role="alertdialog"
      aria-modal="true"
      aria-labelledby="signed-out-words"
      data-testid="signed-out"
      className="fixed inset-0 z-40 grid place-items-center bg-canvas/60 backdrop-blur-md"
    >
      <div className="flex max-w-[420px] flex-col items-center gap-5 rounded-card border border-border bg-surface p-8 text-center">
        <p id="signed-out-words">
          {words[reason]}
          {unsent === 0 ? '' : ` Your ${unsent} unsent message${unsent === 1 ? ' is' : 's are'} kept here.`}
        </p>
        <Button
          ref={buttonRef}
          look="primary"
          // A fresh page: nothing of the ended session stays in memory.
          onClick={() => {
            rememberEnded();
            window.location.assign(`/sign-in?next=${encodeURIComponent(next)}`);
          }}
        >
          Sign in
        </Button>
      </div>
    </div>
  );
}
