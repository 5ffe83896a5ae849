import { create } from 'zustand';

/** The layers that can lie over the chat, one at a time. */
type Layer = 'switcher' | 'newChat' | 'newGroup' | 'keys' | 'signOut' | 'leaveGroup' | 'addContact' | 'takeAway';

interface UiState {
  layer: Layer | null;
  /** Which chats the list shows. */
  filter: 'all' | 'unread';
  setFilter(filter: 'all' | 'unread'): void;
  open(layer: Layer): void;
  close(): void;
}

/** What is open over the chat; nothing of it outlives the visit. */
export const useUi = create<UiState>()((set) => ({
  layer: null,
  filter: 'all',
  setFilter: (filter) => set({ filter }),
  open: (layer) => set({ layer }),
  close: () => set({ layer: null }),
}));
