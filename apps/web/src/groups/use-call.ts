'use client';

import { useCallback, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** A call at a time, with what to say when it was refused. */
export function useCall() {
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState('');
  /** False when it was refused; then `trouble` says why. */
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setTrouble('');
    try {
      await work();
      return true;
    } catch (error) {
      setTrouble(refusalOf(error).words);
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  return { run, busy, trouble, setTrouble };
}
