import { create } from 'zustand';
import { refusalOf } from '../lib/refusal-words.ts';

/** What could not be done is told this long (ms). */
const shownMs = 8_000;

/** Where it was tried, and so where it is told: at a chat of the list, or among the messages of the open one. */
export type TroublePlace = 'list' | 'messages';

interface ActionTrouble {
  words: string;
  place: TroublePlace;
  clear(): void;
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Why the last action was refused. */
export const useActionTrouble = create<ActionTrouble>()((set) => ({
  words: '',
  place: 'list',
  clear: () => set({ words: '' }),
}));

/** Says in the window why something cannot be done; it goes by itself. */
export function tellTrouble(words: string, place: TroublePlace = 'list'): void {
  clearTimeout(timer);
  useActionTrouble.setState({ words, place });
  timer = setTimeout(() => useActionTrouble.setState({ words: '' }), shownMs);
}

/** What was told there is of no use elsewhere. */
export function forgetTrouble(told: TroublePlace): void {
  const { place, clear } = useActionTrouble.getState();
  if (place === told) clear();
}

/** Does something that may be refused, and says why if it is. True when it was done. */
export async function attempt(work: Promise<unknown>, place: TroublePlace = 'list'): Promise<boolean> {
  try {
    await work;
    useActionTrouble.setState({ words: '' });
    return true;
  } catch (error) {
    tellTrouble(refusalOf(error).words, place);
    return false;
  }
}
