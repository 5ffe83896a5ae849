'use client';

import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { nextAddress } from './next-address.ts';
import { useSession } from './session-provider.tsx';

/**
 * Where the customer's own site sends its people, with a ticket behind the `#`, which no server and no log ever sees. Who is signed in
 * here already is asked first: a link must not make somebody another person unawares.
 */
export function EnterCard() {
  const { phase, client, entered, retry } = useSession();
  const router = useRouter();
  const ticket = useRef<string | null>(null);
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const wasSignedIn = useRef<boolean | null>(null);

  useEffect(() => {
    if (ticket.current !== null) return;
    ticket.current = window.location.hash.slice(1);
    // Out of the address, and so out of what the browser remembers.
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }, []);

  const goOn = useCallback(() => router.replace(nextAddress(window.location.search)), [router]);

  const redeem = useCallback(async () => {
    if (client === null || busy) return;
    setBusy(true);
    try {
      await client.auth.redeem(ticket.current ?? '');
      entered();
      goOn();
    } catch (error) {
      const { code, words } = refusalOf(error);
      setTrouble(code === 'WRONG_CREDENTIALS' ? 'This link has been used, or is too old. Go back and open it again.' : words);
      setBusy(false);
    }
  }, [client, busy, entered, goOn]);

  useEffect(() => {
    if (phase === 'restoring' || wasSignedIn.current !== null) return;
    wasSignedIn.current = phase === 'signedIn';
    if (phase === 'signedOut') void redeem();
  }, [phase, redeem]);

  return (
    <div className="flex min-h-40 items-center justify-center rounded-card border border-border bg-surface p-6" aria-busy={busy}>
      {trouble !== '' ? (
        <div role="alert">
          <Notice words={trouble} action={{ label: 'Sign in', href: '/sign-in' }} />
        </div>
      ) : phase === 'unreachable' ? (
        <Notice words="Nexo can’t be reached right now." action={{ label: 'Try again', onClick: retry }} />
      ) : phase === 'signedIn' && !busy ? (
        <Notice words="You are signed in here already. Go on with the account of this link instead?">
          <div className="order-last flex flex-wrap justify-center gap-2">
            <Button look="primary" onClick={() => void redeem()}>
              Go on with it
            </Button>
            <Button onClick={goOn}>Stay as I am</Button>
          </div>
        </Notice>
      ) : (
        <Notice words="Signing in …" />
      )}
    </div>
  );
}
