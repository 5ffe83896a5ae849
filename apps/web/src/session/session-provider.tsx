'use client';

import { CSPProvider } from '@base-ui/react/csp-provider';
import type { ChatClient } from '@nexo/client';
import { ChatClientProvider } from '@nexo/client/react';
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import { takeEnded } from './ended-session.ts';
import { getClient } from './engine.ts';

/**
 * Where the visit stands.
 *
 *   restoring ──session found──► signedIn ──closed by the server──► (the engine's `signedOut`, shown over the chat)
 *      │  └──none──► signedOut ──sign in / up──► signedIn ──sign out──► signedOut
 *      └──server away and nothing stored──► unreachable ──retry──► restoring
 */
export type SessionPhase = 'restoring' | 'signedOut' | 'signedIn' | 'unreachable';

interface Session {
  phase: SessionPhase;
  /** Null while rendering on the server. */
  client: ChatClient | null;
  /** Signing in or up worked: the engine is connected. */
  entered(): void;
  left(): void;
  retry(): void;
}

const SessionContext = createContext<Session | null>(null);

/** Takes up the session of the last visit and tells the views below where it stands. */
export function SessionProvider({
  mayHaveSession,
  nonce,
  children,
}: {
  mayHaveSession: boolean;
  nonce: string;
  children: ReactNode;
}) {
  const [phase, setPhase] = useState<SessionPhase>(mayHaveSession ? 'restoring' : 'signedOut');
  const [client] = useState(getClient);

  useEffect(() => {
    if (phase !== 'restoring' || client === null) return;
    if (takeEnded()) return setPhase('signedOut');
    let current = true;
    client.auth.restore().then(
      (user) => {
        if (!current) return;
        setPhase(user === null ? 'signedOut' : 'signedIn');
        if (user !== null) client.start().catch(() => undefined);
      },
      () => current && setPhase('unreachable'),
    );
    return () => {
      current = false;
    };
  }, [phase, client]);

  const entered = useCallback(() => setPhase('signedIn'), []);
  const left = useCallback(() => setPhase('signedOut'), []);
  const retry = useCallback(() => setPhase('restoring'), []);
  const session = useMemo(() => ({ phase, client, entered, left, retry }), [phase, client, entered, left, retry]);

  return (
    <SessionContext value={session}>
      <CSPProvider nonce={nonce}>
        {client === null ? children : <ChatClientProvider client={client}>{children}</ChatClientProvider>}
      </CSPProvider>
    </SessionContext>
  );
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('useSession outside of SessionProvider');
  return session;
}
