import type { TimelineMessage } from '@nexo/client';
import { create } from 'zustand';
import { useUi } from '../shell/ui-store.ts';

/** Where a menu hangs: at an element, or where somebody pressed. */
export type Anchor = Element | { x: number; y: number };

/** What asks about one message in the middle of the window. */
export type MessageQuestion =
  | { what: 'delete'; message: TimelineMessage }
  | { what: 'history'; message: TimelineMessage }
  | { what: 'reactions'; message: TimelineMessage; emoji: string };

interface LifeState {
  /** The menu or the picker of one message; one at a time. */
  popup: { what: 'menu' | 'picker'; message: TimelineMessage; anchor: Anchor } | null;
  question: MessageQuestion | null;
  /** Somewhere else somebody asked to see this place. */
  jump: { conversationId: string; seq: number; token: number } | null;
  /** The last message in view, where the reader has scrolled to. */
  seen: { conversationId: string; seq: number } | null;
  popUp(what: 'menu' | 'picker', message: TimelineMessage, anchor: Anchor): void;
  closePopup(): void;
  ask(question: MessageQuestion): void;
  jumpTo(conversationId: string, seq: number): void;
  see(conversationId: string, seq: number): void;
}

/** What is open about a message. Nothing of it outlives the visit. */
export const useLife = create<LifeState>()((set, get) => ({
  popup: null,
  question: null,
  jump: null,
  seen: null,
  popUp: (what, message, anchor) => set({ popup: { what, message, anchor } }),
  closePopup: () => set({ popup: null }),
  ask(question) {
    set({ popup: null, question });
    useUi.getState().open('message');
  },
  see(conversationId, seq) {
    const { seen } = get();
    if (seen?.conversationId !== conversationId || seen.seq !== seq) set({ seen: { conversationId, seq } });
  },
  jumpTo: (conversationId, seq) => set({ jump: { conversationId, seq, token: (get().jump?.token ?? 0) + 1 } }),
}));

/** As Base UI wants it. */
export function anchorOf(anchor: Anchor): Element | { getBoundingClientRect(): DOMRect } {
  return anchor instanceof Element ? anchor : { getBoundingClientRect: () => new DOMRect(anchor.x, anchor.y, 0, 0) };
}
