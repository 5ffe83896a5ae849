/** A row counts as read after it was seen this long (ms) in a tab that somebody looks at. */
const readAfterMs = 400;
const readFromShare = 0.6;

interface Box {
  top: number;
  bottom: number;
}

/** Whether enough of a row is visible to read it: 60 % of it, or of the viewport when the row is taller. */
export function isReadable(row: Box, viewport: Box): boolean {
  const visible = Math.min(row.bottom, viewport.bottom) - Math.max(row.top, viewport.top);
  const needed = Math.min(row.bottom - row.top, viewport.bottom - viewport.top) * readFromShare;
  return visible > 0 && visible >= needed;
}

/** Since when (ms of any steady clock) each row on the screen has been readable, by seq. */
export type ReadingState = ReadonlyMap<number, number>;

interface Reading {
  state: ReadingState;
  /** Everything up to here was read. */
  readSeq: number | undefined;
  /** Look again then, if nothing else happens. */
  dueInMs: number | undefined;
}

/**
 * The policy of reading. `attentive`: the tab is visible and its window has the focus; without attention nothing is read and
 * the time starts anew.
 */
export function advanceReading(
  before: ReadingState,
  now: { readableSeqs: readonly number[]; attentive: boolean; atMs: number },
): Reading {
  if (!now.attentive) return { state: new Map(), readSeq: undefined, dueInMs: undefined };
  const state = new Map<number, number>();
  let readSeq: number | undefined;
  let dueInMs: number | undefined;
  for (const seq of now.readableSeqs) {
    const since = before.get(seq) ?? now.atMs;
    state.set(seq, since);
    const leftMs = since + readAfterMs - now.atMs;
    if (leftMs <= 0) readSeq = Math.max(readSeq ?? 0, seq);
    else dueInMs = Math.min(dueInMs ?? leftMs, leftMs);
  }
  return { state, readSeq, dueInMs };
}
