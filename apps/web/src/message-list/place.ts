/** A row and where in the viewport its top stands: 0 top … 1 bottom. */
export interface Place {
  key: string;
  fraction: number;
}

/** Where the reader is: the first row in sight that is still there later, and its place in the viewport. */
export function placeOf(scroller: HTMLElement): Place | null {
  const viewport = scroller.getBoundingClientRect();
  for (const row of scroller.querySelectorAll<HTMLElement>('[data-row]:not(.msg-unread)')) {
    const top = row.getBoundingClientRect().top - viewport.top;
    if (top >= 0 && row.dataset.row !== undefined) return { key: row.dataset.row, fraction: top / viewport.height };
  }
  return null;
}
