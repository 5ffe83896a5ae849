import { create } from 'zustand';

/** The layers that can lie over the chat, one at a time. */
type Layer =
  | 'switcher'
  | 'newChat'
  | 'newGroup'
  | 'addContact'
  | 'person'
  | 'keys'
  | 'signOut'
  | 'takeAway'
  | 'leaveGroup'
  | 'groupTask'
  | 'message'
  | 'forward'
  | 'messageDetails';

/** The message that a layer is about. */
interface Subject {
  conversationId: string;
  seq: number;
}

interface UiState {
  layer: Layer | null;
  subject: Subject | null;
  /** Which chats the list shows. */
  filter: 'all' | 'unread';
  setFilter(filter: 'all' | 'unread'): void;
  open(layer: Layer, subject?: Subject): void;
  close(): void;
}

/** What is open over the chat; nothing of it outlives the visit. */
export const useUi = create<UiState>()((set) => ({
  layer: null,
  subject: null,
  filter: 'all',
  setFilter: (filter) => set({ filter }),
  open: (layer, subject) => set({ layer, subject: subject ?? null }),
  close: () => set({ layer: null, subject: null }),
}));
