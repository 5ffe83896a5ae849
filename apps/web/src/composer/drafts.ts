import type { Mention, ReplyView } from '@nexo/shared';
import { create } from 'zustand';

/** What somebody began to write, and what it answers. */
export interface Draft {
  text: string;
  replyTo?: ReplyView;
  /** Set while a sent message is being edited: which, its words, and what was being written before. */
  editing?: { seq: number; original: string; before?: Draft };
  /** People chosen to be spoken to: those whose names still stand in the text will be. */
  mentions?: Mention[];
}

interface DraftState {
  /** By conversation. Only those with something in them. */
  drafts: Readonly<Record<string, Draft>>;
  load(userId: string): void;
  set(conversationId: string, draft: Draft): void;
  /** Removes everything of this person from the browser: at sign-out, when they agreed. */
  clearAll(): void;
}

const prefix = (userId: string) => `nexo.draft.${userId}.`;
/** Drafts above this size (characters) live in memory only: `localStorage` has 5 MB for all of them. */
const storedMaxChars = 64 * 1024;

let owner = '';
const empty: Draft = { text: '' };

/** Every key press is kept at once in `localStorage`: neither a reload nor a crash loses a word. */
export const useDrafts = create<DraftState>()((set, get) => ({
  drafts: {},
  load(userId) {
    owner = userId;
    const drafts: Record<string, Draft> = {};
    eachStored((key, value) => {
      try {
        const draft = JSON.parse(value) as Draft | null;
        if (typeof draft?.text !== 'string') throw new Error('not a draft');
        drafts[key.slice(prefix(userId).length)] = draft;
      } catch {
        localStorage.removeItem(key);
      }
    });
    set({ drafts });
  },
  set(conversationId, draft) {
    const { [conversationId]: _before, ...rest } = get().drafts;
    const hasContent = draft.text !== '' || draft.replyTo !== undefined || draft.editing !== undefined;
    set({ drafts: hasContent ? { ...rest, [conversationId]: draft } : rest });
    try {
      const key = prefix(owner) + conversationId;
      if (hasContent && draft.text.length <= storedMaxChars) localStorage.setItem(key, JSON.stringify(draft));
      else localStorage.removeItem(key);
    } catch {
      // No room or no storage: the draft lives as long as the tab.
    }
  },
  clearAll() {
    const keys: string[] = [];
    eachStored((key) => keys.push(key));
    for (const key of keys) localStorage.removeItem(key);
    set({ drafts: {} });
  },
}));

function eachStored(visit: (key: string, value: string) => void): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(prefix(owner))) visit(key, localStorage.getItem(key) ?? '');
    }
  } catch {
    // Storage is forbidden here.
  }
}

/** The draft of a conversation; an empty one when there is none. */
export function useDraft(conversationId: string): Draft {
  return useDrafts((state) => state.drafts[conversationId] ?? empty);
}

/** The same outside of React. */
export function draftOf(conversationId: string): Draft {
  return useDrafts.getState().drafts[conversationId] ?? empty;
}
