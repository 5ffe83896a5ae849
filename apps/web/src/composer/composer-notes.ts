import type { Mention } from '@nexo/shared';
import { create } from 'zustand';
import { getClient } from '../session/engine.ts';

/** A sent message that is being edited. The draft waits beside it, untouched. */
interface Edit {
  seq: number;
  /** Its words as they were. */
  original: string;
  text: string;
  mentions: readonly Mention[];
}

/** What the composer of one conversation keeps in this browser, beside the draft, which goes to all devices. */
interface Notes {
  edit?: Edit;
  /** Whom the draft speaks to. */
  named: readonly Mention[];
}

const none: Notes = { named: [] };
/** No user id has a slash: one id may begin with another. */
const prefixOf = (userId: string) => `nexo.composer/${userId}/`;

/** By the key under which they are stored. */
const useNotes = create<Readonly<Record<string, Notes>>>()(() => ({}));
/** What an earlier visit has left, read once: what is rendered twice must be the same. */
const found = new Map<string, Notes>();

function keyOf(conversationId: string): string {
  return prefixOf(getClient()?.store.me.get()?.id ?? '') + conversationId;
}

function kept(all: Readonly<Record<string, Notes>>, key: string): Notes {
  const notes = all[key] ?? found.get(key) ?? stored(key);
  if (all[key] === undefined) found.set(key, notes);
  return notes;
}

function stored(key: string): Notes {
  try {
    const notes = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<Notes> | null;
    const edit = typeof notes?.edit?.text === 'string' ? { edit: notes.edit } : {};
    return notes === null ? none : { ...edit, named: Array.isArray(notes.named) ? notes.named : [] };
  } catch {
    // Unreadable, or storage is forbidden here.
    return none;
  }
}

/** Every key press is kept at once: neither a reload nor a crash loses a word. */
function put(conversationId: string, notes: Notes): void {
  const key = keyOf(conversationId);
  useNotes.setState({ [key]: notes });
  try {
    if (notes.edit === undefined && notes.named.length === 0) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(notes));
  } catch {
    // No room or no storage: it lives as long as the tab.
  }
}

const notesOf = (conversationId: string) => kept(useNotes.getState(), keyOf(conversationId));

export function useEdit(conversationId: string): Edit | undefined {
  return useNotes((all) => kept(all, keyOf(conversationId)).edit);
}

export function editOf(conversationId: string): Edit | undefined {
  return notesOf(conversationId).edit;
}

export function setEdit(conversationId: string, edit: Edit | undefined): void {
  const { named } = notesOf(conversationId);
  put(conversationId, edit === undefined ? { named } : { edit, named });
}

/** Whom the draft speaks to. */
export function useNamed(conversationId: string): readonly Mention[] {
  return useNotes((all) => kept(all, keyOf(conversationId)).named);
}

export function namedIn(conversationId: string): readonly Mention[] {
  return notesOf(conversationId).named;
}

export function setNamed(conversationId: string, named: readonly Mention[]): void {
  const notes = notesOf(conversationId);
  if (named.length > 0 || notes.named.length > 0) put(conversationId, { ...notes, named });
}

/** How many edits were begun and are not saved. */
export function countEdits(): number {
  return keysOfMine().filter((key) => kept(useNotes.getState(), key).edit !== undefined).length;
}

/** Removes everything of this person from the browser. */
export function forgetNotes(): void {
  const mine = keysOfMine();
  for (const key of mine) {
    found.delete(key);
    localStorage.removeItem(key);
  }
  useNotes.setState({}, true);
}

function keysOfMine(): string[] {
  try {
    const prefix = keyOf('');
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    // Storage is forbidden here.
    return [];
  }
}
