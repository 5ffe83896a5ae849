import { type ClientState, emptyState } from '../reducer/state.ts';

/** The one present state, and who wants to know of the next. */
export interface StateHolder {
  get(): ClientState;
  /** Puts a new state in place; listeners are told once, with both. */
  commit(next: ClientState): void;
  listen(listener: (next: ClientState, before: ClientState) => void): void;
}

export function makeStateHolder(): StateHolder {
  let state = emptyState;
  const listeners: ((next: ClientState, before: ClientState) => void)[] = [];
  return {
    get: () => state,
    commit(next) {
      if (next === state) return;
      const before = state;
      state = next;
      for (const listener of listeners) listener(next, before);
    },
    listen: (listener) => listeners.push(listener),
  };
}

/** Ids of the conversations that are new, gone or different. */
export function changedConversations(next: ClientState, before: ClientState): string[] {
  if (next.conversations === before.conversations) return [];
  const changed: string[] = [];
  for (const [id, conversation] of next.conversations) {
    if (before.conversations.get(id) !== conversation) changed.push(id);
  }
  for (const id of before.conversations.keys()) if (!next.conversations.has(id)) changed.push(id);
  return changed;
}
