import { create } from 'zustand';

/** The chat whose menu is open, where it stands, and who gets the focus back. */
interface RowMenuTarget {
  conversationId: string;
  anchor: { getBoundingClientRect(): DOMRect };
  row: HTMLElement | null;
  /** The finger that asked for it still lies there, or is just being lifted: that is no press beside the menu. */
  isHeld: boolean;
}

interface RowMenuState {
  /** Kept while the menu closes. */
  target: RowMenuTarget | null;
  isOpen: boolean;
  open(target: RowMenuTarget): void;
  /** A new press begins: it is not the one that opened the menu. */
  pressed(): void;
  close(): void;
}

/** One menu for all rows: a list of thousands carries no more of them. */
export const useRowMenuState = create<RowMenuState>()((set) => ({
  target: null,
  isOpen: false,
  open: (target) => set({ target, isOpen: true }),
  pressed: () => set(({ target }) => (target?.isHeld === true ? { target: { ...target, isHeld: false } } : {})),
  close: () => set({ isOpen: false }),
}));

/** Opens the menu of the row that something in the list belongs to; at a point, or below the element. */
export function openRowMenu(inRow: Element, point?: { x: number; y: number; isHeld?: boolean }): void {
  const row = inRow.closest<HTMLElement>('[data-conversation]');
  const conversationId = row?.dataset.conversation;
  if (row === null || conversationId === undefined) return;
  const anchor =
    point === undefined
      ? { getBoundingClientRect: () => inRow.getBoundingClientRect() }
      : { getBoundingClientRect: () => new DOMRect(point.x, point.y, 0, 0) };
  useRowMenuState.getState().open({ conversationId, anchor, row: row.querySelector('a'), isHeld: point?.isHeld === true });
}
