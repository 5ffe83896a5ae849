/**
 * What holds still: the end of the list, or one row at a distance (px) from the top of the viewport. Who is a little above the end
 * stays there until something grows (`seen`: the sizes, in px, that the reader last saw); only then the list follows.
 */
export type Pin = { to: 'end'; seen?: { content: number; viewport: number } } | { to: 'row'; key: string; top: number };

/** Up to this far from the end (px) the list follows what is new (U-03). */
const atEndPx = 50;

export function isAtEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= atEndPx;
}

/** The first rows that are loaded may still change their looks when older ones arrive (they join a group): hold one below them. */
const unsettledRows = 5;

/** What to hold still from now on, as the reader left it; null when no row is in sight. */
export function measurePin(scroller: HTMLElement, content: HTMLElement, showsNewest: boolean): Pin | null {
  if (showsNewest && isAtEnd(scroller)) {
    return { to: 'end', seen: { content: scroller.scrollHeight, viewport: scroller.clientHeight } };
  }
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
    const { scrollHeight, clientHeight } = scroller;
    if (pin.seen?.content === scrollHeight && pin.seen.viewport === clientHeight) return;
    const end = scrollHeight - clientHeight;
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
