import type { DraftMemory, UnsavedDraft } from '../types/options.ts';

/** Drafts above this size (characters) live as long as the page: `localStorage` has 5 MB for everything of a site. */
const storedMaxChars = 64 * 1024;

/** No user id has a slash: one id that begins with another must not open its drafts. */
const prefixOf = (userId: string) => `nexo.draft/${userId}/`;

/** Keeps drafts in the browser with every key press, at once: neither a reload nor a crash loses a word. */
export function draftsInLocalStorage(): DraftMemory {
  return {
    load(userId) {
      const prefix = prefixOf(userId);
      const drafts = new Map<string, UnsavedDraft>();
      for (const key of keysOf(prefix)) {
        const draft = parsed(localStorage.getItem(key));
        if (draft === null) localStorage.removeItem(key);
        else drafts.set(key.slice(prefix.length), draft);
      }
      return drafts;
    },
    save(userId, conversationId, draft) {
      const key = prefixOf(userId) + conversationId;
      try {
        if (draft === null || draft.text.length > storedMaxChars) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(draft));
      } catch {
        // No room or no storage: the draft lives as long as the page.
      }
    },
    forget(userId) {
      for (const key of keysOf(prefixOf(userId))) localStorage.removeItem(key);
    },
  };
}

/** Keeps drafts as long as the process lives. */
export function draftsInMemory(): DraftMemory {
  const people = new Map<string, Map<string, UnsavedDraft>>();
  return {
    load: (userId) => new Map(people.get(userId)),
    save(userId, conversationId, draft) {
      const drafts = people.get(userId) ?? new Map<string, UnsavedDraft>();
      people.set(userId, drafts);
      if (draft === null) drafts.delete(conversationId);
      else drafts.set(conversationId, draft);
    },
    forget: (userId) => people.delete(userId),
  };
}

function keysOf(prefix: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    // Storage is forbidden here.
    return [];
  }
}

/** What an older version of the page has left has no version: it was written over none. */
function parsed(json: string | null): UnsavedDraft | null {
  try {
    const draft = JSON.parse(json ?? 'null') as Partial<UnsavedDraft> | null;
    if (typeof draft?.text !== 'string') return null;
    return { ...draft, text: draft.text, over: draft.over ?? 0 };
  } catch {
    return null;
  }
}
