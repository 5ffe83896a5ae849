'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';
import { Button } from '../ui/button.tsx';
import { nextAddress } from './next-address.ts';
import { useSession } from './session-provider.tsx';

/** The frame of signing in and up: waits for the engine's word on the last visit, sends, tells, and goes on to `next`. */
export function AuthCard({
  title,
  submitLabel,
  onSubmit,
  onFieldError,
  children,
  footer,
}: {
  title: string;
  submitLabel: string;
  onSubmit: (values: FormData) => Promise<unknown>;
  /** Whether a field shows this refusal itself. */
  onFieldError?: (code: string | undefined, field: string | undefined, words: string) => boolean;
  children: ReactNode;
  footer: (search: string) => ReactNode;
}) {
  const { phase, entered } = useSession();
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  const [search, setSearch] = useState('');
  useEffect(() => setSearch(window.location.search), []);

  useEffect(() => {
    if (phase === 'signedIn') router.replace(nextAddress(window.location.search));
  }, [phase, router]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setTrouble('');
    try {
      await onSubmit(new FormData(event.currentTarget));
      entered();
    } catch (error) {
      const { code, field, words } = refusalOf(error);
      if (onFieldError?.(code, field, words) !== true) setTrouble(words);
      setBusy(false);
    }
  }

  const waiting = phase === 'restoring' || phase === 'signedIn';
  return (
    <form
      aria-label={title}
      aria-busy={busy || waiting}
      // Nothing that was typed before the page came alive may end up in the address.
      method="post"
      onSubmit={(event) => void submit(event)}
      className="rounded-card border border-border bg-surface p-6"
      style={waiting ? { visibility: 'hidden' } : undefined}
    >
      <h1 className="mb-5 font-semibold text-[20px] leading-7">{title}</h1>
      {children}
      <p role="alert" className="min-h-6 pb-2 text-[13px] text-danger leading-[18px]">
        {trouble}
      </p>
      <Button look="primary" type="submit" disabled={busy} className="h-11 w-full">
        {submitLabel}
      </Button>
      <p className="mt-4 text-center text-[14px] text-muted">{footer(search)}</p>
    </form>
  );
}
