/** The seq of the lowest message of which something is in view; undefined when none is. */
export function lastSeenSeq(scroller: HTMLElement): number | undefined {
  const bottom = scroller.getBoundingClientRect().bottom;
  const rows = [...scroller.querySelectorAll<HTMLElement>('li[data-seq]')];
  const row = rows.findLast((candidate) => candidate.getBoundingClientRect().top < bottom);
  return row?.dataset.seq === undefined ? undefined : Number(row.dataset.seq);
}
