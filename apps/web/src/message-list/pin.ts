/** What holds still: the end of the list, or one row at a distance (px) from the top of the viewport. */
export type Pin = { to: 'end' } | { to: 'row'; key: string; top: number };

/** Up to this far from the end (px) the list follows what is new (U-03). */
const atEndPx = 50;

export function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= atEndPx;
}

/** The first rows that are loaded may still change their looks when older ones arrive (they join a group): hold one below them. */
const unsettledRows = 5;

/** What to hold still from now on, as the reader left it; null when no row is in sight. */
export function measurePin(scroller: HTMLElement, content: HTMLElement, showsNewest: boolean): Pin | null {
  if (showsNewest && isAtEnd(scroller)) return { to: 'end' };
  const viewport = scroller.getBoundingClientRect();
  let candidate: Pin | null = null;
  for (const [index, row] of messageRows(content).entries()) {
    const box = row.getBoundingClientRect();
    const key = row.dataset.row;
    if (box.bottom <= viewport.top || key === undefined) continue;
    if (box.top >= viewport.bottom && candidate !== null) return candidate;
    candidate = { to: 'row', key, top: box.top - viewport.top };
    // A row that is wholly in sight keeps its place whatever happens inside the one that is cut off above it.
    if (index >= unsettledRows && (box.top >= viewport.top || box.bottom >= viewport.bottom)) return candidate;
  }
  return candidate;
}

/** The first row of which anything is in sight. */
export function firstVisibleKey(scroller: HTMLElement, content: HTMLElement): string | undefined {
  const top = scroller.getBoundingClientRect().top;
  for (const row of messageRows(content)) {
    if (row.getBoundingClientRect().bottom > top) return row.dataset.row;
  }
  return undefined;
}

/** Scrolls so that the pin is where it was. Writes nothing when it is. */
export function restorePin(scroller: HTMLElement, content: HTMLElement, pin: Pin): void {
  if (pin.to === 'end') {
    const end = scroller.scrollHeight - scroller.clientHeight;
    if (Math.abs(scroller.scrollTop - end) >= 1) scroller.scrollTop = end;
    return;
  }
  const row = content.querySelector<HTMLElement>(`[data-row="${CSS.escape(pin.key)}"]`);
  if (row === null) return;
  const moved = row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - pin.top;
  if (Math.abs(moved) >= 0.5) scroller.scrollTop += moved;
}

function messageRows(content: HTMLElement): NodeListOf<HTMLElement> {
  return content.querySelectorAll<HTMLElement>('[data-row]');
}

/** What was there when the place was last kept (px). */
export interface Seen {
  top: number;
  content: number;
  viewport: number;
}

export function see(scroller: HTMLElement): Seen {
  return { top: scroller.scrollTop, content: scroller.scrollHeight, viewport: scroller.clientHeight };
}

/**
 * Holds the pin still against what grew or shrank since `seen`, and takes a new one where the reader has scrolled. The browser
 * tells of a scroll later than it happens (a focused row is scrolled to at once), so it is the sizes that decide which of the two
 * it was: the same sizes and another position are the reader's. Who is a little above the end thus stays there until something
 * grows; only then the list follows. Answers the pin that holds now.
 */
export function keepPlace(scroller: HTMLElement, content: HTMLElement, pin: Pin, seen: Seen, showsNewest: boolean): Pin {
  const now = see(scroller);
  const scrolledBy = now.top - seen.top;
  const resized = now.content !== seen.content || now.viewport !== seen.viewport;
  if (!resized) {
    if (Math.abs(scrolledBy) >= 1) return measurePin(scroller, content, showsNewest) ?? pin;
    if (pin.to === 'row') restorePin(scroller, content, pin);
    return pin;
  }
  // Both at once: the row has gone with the scroll, unless the browser only pushed the end back into sight.
  const isPushed = now.top >= now.content - now.viewport - 1;
  const held: Pin = pin.to === 'row' && !isPushed ? { ...pin, top: pin.top - scrolledBy } : pin;
  restorePin(scroller, content, held);
  return held;
}
