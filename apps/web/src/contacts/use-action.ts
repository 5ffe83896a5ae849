'use client';

import { useCallback, useRef, useState } from 'react';
import { refusalOf } from '../lib/refusal-words.ts';

/** Runs one thing at a time: a second press while it runs does nothing. `trouble` is why the last one was refused. */
export function useAction() {
  const [trouble, setTrouble] = useState('');
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setTrouble('');
    try {
      await work();
      return true;
    } catch (error) {
      setTrouble(refusalOf(error).words);
      return false;
    } finally {
      running.current = false;
      setBusy(false);
    }
  }, []);
  return { run, busy, trouble };
}
