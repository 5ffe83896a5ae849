import { create } from 'zustand';
import { usualEmoji } from './emoji-list.ts';

const storageKey = 'nexo.recentEmoji';
const keptMax = 16;

/** What this person reacted with lately, the latest first; kept in this browser. */
export const useRecentEmoji = create<{ recent: readonly string[]; use(emoji: string): void }>()((set, get) => ({
  recent: load(),
  use(emoji) {
    const recent = [emoji, ...get().recent.filter((other) => other !== emoji)].slice(0, keptMax);
    set({ recent });
    try {
      localStorage.setItem(storageKey, JSON.stringify(recent));
    } catch {
      // Without storage the habit lasts as long as the tab.
    }
  },
}));

/** The first so many to offer: one's own habits, then what is usual. */
export function quickEmoji(recent: readonly string[], count: number): string[] {
  return [...new Set([...recent, ...usualEmoji])].slice(0, count);
}

function load(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '[]');
    return Array.isArray(stored) ? stored.filter((item) => typeof item === 'string').slice(0, keptMax) : [];
  } catch {
    return [];
  }
}
