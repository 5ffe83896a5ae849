'use client';

import type { ConnectionState } from '@nexo/client';
import { useConnection } from '@nexo/client/react';
import { useEffect, useRef, useState } from 'react';

/** Trouble shorter than this (ms) is not worth a word. */
const shownAfterMs = 1_000;
const retryOfferedAfterMs = 10_000;
const backShownMs = 2_000;

export type TroubleKind = 'offline' | 'connecting' | 'updating';
export type Trouble = { kind: TroubleKind; canRetry: boolean } | { kind: 'back' } | null;

function kindOf(connection: ConnectionState): TroubleKind | null {
  switch (connection.name) {
    case 'waiting':
      return connection.offline ? 'offline' : 'connecting';
    case 'connecting':
      // While the device says that it has no network, each try would end the same way.
      return navigator.onLine ? 'connecting' : 'offline';
    case 'catchingUp':
      return 'updating';
    default:
      return null;
  }
}

/** What to tell about the connection now: after one second of it, and two seconds of 'Back online' afterwards. */
export function useTrouble(): Trouble {
  const kind = kindOf(useConnection());
  const troubled = kind !== null;
  const [stage, setStage] = useState<'quiet' | 'shown' | 'long' | 'back'>('quiet');
  const stageRef = useRef(stage);
  stageRef.current = stage;

  useEffect(() => {
    if (troubled) {
      setStage('quiet');
      const shown = setTimeout(() => setStage('shown'), shownAfterMs);
      const long = setTimeout(() => setStage('long'), retryOfferedAfterMs);
      return () => {
        clearTimeout(shown);
        clearTimeout(long);
      };
    }
    if (stageRef.current === 'quiet') return;
    setStage('back');
    const over = setTimeout(() => setStage('quiet'), backShownMs);
    return () => clearTimeout(over);
  }, [troubled]);

  if (stage === 'quiet') return null;
  if (kind === null) return stage === 'back' ? { kind: 'back' } : null;
  return { kind, canRetry: stage === 'long' };
}

export const troubleWords: Record<TroubleKind, string> = {
  offline: 'You’re offline',
  connecting: 'Connecting…',
  updating: 'Updating…',
};
