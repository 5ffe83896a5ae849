'use client';

import { useCallback, useState } from 'react';
import { refusalOf } from './refusal-words.ts';

/** Runs what may be refused: `busy` while any of it is under way, `trouble` is why the last one was refused. */
export function useAction() {
  const [trouble, setTrouble] = useState('');
  const [running, setRunning] = useState(0);
  /** True when it was done; false when it was refused, and then `trouble` says why. */
  const run = useCallback(async (work: () => Promise<unknown>): Promise<boolean> => {
    setRunning((count) => count + 1);
    setTrouble('');
    try {
      await work();
      return true;
    } catch (error) {
      setTrouble(refusalOf(error).words);
      return false;
    } finally {
      setRunning((count) => count - 1);
    }
  }, []);
  return { run, busy: running > 0, trouble };
}
