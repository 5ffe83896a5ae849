import { create } from 'zustand';
import { refusalOf } from '../lib/refusal-words.ts';

/** What could not be done is told this long (ms). */
const shownMs = 8_000;

interface ActionTrouble {
  words: string;
  clear(): void;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Why the last action on a chat was refused; shown at the foot of the list. */
export const useActionTrouble = create<ActionTrouble>()((set) => ({
  words: '',
  clear: () => set({ words: '' }),
}));

/** Does something that may be refused, and says why if it is. True when it was done. */
export async function attempt(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    useActionTrouble.setState({ words: '' });
    return true;
  } catch (error) {
    clearTimeout(timer);
    useActionTrouble.setState({ words: refusalOf(error).words });
    timer = setTimeout(() => useActionTrouble.setState({ words: '' }), shownMs);
    return false;
  }
}
