import { isWordless, type ListMessagesResult, type MessageView } from '@nexo/shared';
import type { MessageWindow } from './state.ts';

/** Rows kept in memory of one conversation; beyond it the end far from the reader is dropped and can be loaded again. */
const windowMaxRows = 1_000;

/** The newer version of a message. What it quotes may have been edited apart from it, so the newer quote is taken in any case. */
export function newerRow(known: MessageView, told: MessageView): MessageView {
  const [row, other] = told.change > known.change ? [told, known] : [known, told];
  // What is gone quotes nothing any more.
  if (row.replyTo === undefined || other.replyTo === undefined) return row;
  const isOlder = (row.replyTo.change ?? 0) < (other.replyTo.change ?? 0);
  // Of what may be read again since, the words are told now.
  const isFuller = isWordless(row.replyTo) && !isWordless(other.replyTo);
  return isOlder || isFuller ? { ...row, replyTo: other.replyTo } : row;
}

/** Puts rows together by seq; of two with the same seq the one that was changed last stays. Both ascending. */
export function mergeRows(a: readonly MessageView[], b: readonly MessageView[]): readonly MessageView[] {
  const lastOfA = a.at(-1);
  const firstOfB = b[0];
  if (firstOfB === undefined) return a;
  if (lastOfA === undefined) return b;
  if (lastOfA.seq < firstOfB.seq) return [...a, ...b];
  const bySeq = new Map(a.map((row) => [row.seq, row]));
  let isChanged = false;
  for (const row of b) {
    const known = bySeq.get(row.seq);
    const newer = known === undefined ? row : newerRow(known, row);
    if (newer === known) continue;
    bySeq.set(row.seq, newer);
    isChanged = true;
  }
  return isChanged ? [...bySeq.values()].sort((x, y) => x.seq - y.seq) : a;
}

/** Whether two stretches of seqs overlap or touch, so that together they have no hole. Of nothing nobody can tell. */
export function touches(a: readonly MessageView[], b: readonly MessageView[]): boolean {
  const [firstA, lastA, firstB, lastB] = [a[0], a.at(-1), b[0], b.at(-1)];
  if (firstA === undefined || lastA === undefined || firstB === undefined || lastB === undefined) return false;
  return firstB.seq <= lastA.seq + 1 && firstA.seq <= lastB.seq + 1;
}

/** The rows with a page of the server among them. Of the stretch that it covers it is the whole truth: what it lacks is gone. */
function mergePage(rows: readonly MessageView[], page: readonly MessageView[]): readonly MessageView[] {
  const [first, last] = [page[0]?.seq ?? 0, page.at(-1)?.seq ?? 0];
  const seqs = new Set(page.map(({ seq }) => seq));
  const kept = rows.filter(({ seq }) => seq < first || seq > last || seqs.has(seq));
  return mergeRows(kept.length === rows.length ? rows : kept, page);
}

function hasHole(lastSeq: number, nextSeq: number, removed: ReadonlySet<number> | undefined): boolean {
  let seq = lastSeq + 1;
  while (seq < nextSeq && removed?.has(seq) === true) seq++;
  return seq < nextSeq;
}

/**
 * New messages of the live stream or of a repair (ascending), which may also be newer versions of rows that are there. What the reader
 * has `removed` leaves no hole.
 */
export function receiveRows(
  window: MessageWindow,
  messages: readonly MessageView[],
  removed?: ReadonlySet<number>,
): MessageWindow {
  const lastSeq = window.rows.at(-1)?.seq ?? 0;
  const firstSeq = window.rows[0]?.seq ?? 0;
  const changed = messages.filter((message) => message.seq >= firstSeq && message.seq <= lastSeq);
  const fresh = messages.filter((message) => message.seq > lastSeq);
  const withChanged: MessageWindow = changed.length === 0 ? window : { ...window, rows: mergeRows(window.rows, changed) };
  const firstFresh = fresh[0];
  if (firstFresh === undefined || window.hasAfter) return withChanged;
  const wholeTo = Math.max(lastSeq, window.upTo ?? 0);
  if (window.rows.length > 0 && hasHole(wholeTo, firstFresh.seq, removed)) return { ...withChanged, hasAfter: true };
  return cut({ ...withChanged, rows: [...withChanged.rows, ...fresh] });
}

/**
 * The newest page, as loaded; joins what is there when they touch, otherwise takes its place. `headSeq` is the newest seq known:
 * what was said after the page was read is missing from it (`hasAfter`), unless a window that followed has it.
 */
export function receiveNewest(window: MessageWindow | null, page: ListMessagesResult, headSeq: number): MessageWindow {
  if (window === null || window.rows.length === 0 || page.items.length === 0 || !touches(window.rows, page.items)) {
    const hasAfter = page.hasAfter || isBehind(page.items, page, headSeq);
    return { rows: page.items, hasBefore: page.hasBefore, hasAfter, upTo: page.head.seq, reading: 'end' };
  }
  const startsEarlier = (window.rows[0]?.seq ?? 0) < (page.items[0]?.seq ?? 0);
  // Rows above the page came live after it was read: only a window that followed the newest can hold them.
  const rows = mergePage(window.rows, page.items);
  return cut({
    rows,
    hasBefore: startsEarlier ? window.hasBefore : page.hasBefore,
    hasAfter: isBehind(rows, page, headSeq),
    upTo: page.head.seq,
    reading: window.hasAfter ? 'end' : window.reading,
  });
}

/** An older page, asked for before the first row; ignored when the window has moved meanwhile. */
export function receiveBefore(
  window: MessageWindow,
  beforeSeq: number,
  page: { items: readonly MessageView[]; hasBefore: boolean },
): MessageWindow {
  const first = window.rows.findIndex((row) => row.seq >= beforeSeq);
  if (window.rows[first]?.seq !== beforeSeq) return window;
  const pageFirst = page.items[0]?.seq ?? beforeSeq;
  const reachesFurther = pageFirst <= (window.rows[0]?.seq ?? 0);
  return cut({
    ...window,
    rows: mergePage(window.rows, page.items),
    hasBefore: reachesFurther ? page.hasBefore : window.hasBefore,
    reading: 'start',
  });
}

/** A newer page, asked for after the last row; ignored when the window has moved meanwhile. `headSeq` is the newest seq known. */
export function receiveAfter(
  window: MessageWindow,
  afterSeq: number,
  page: Pick<ListMessagesResult, 'items' | 'hasAfter' | 'head'>,
  headSeq: number,
): MessageWindow {
  const lastSeq = window.rows.at(-1)?.seq ?? 0;
  if (lastSeq !== afterSeq) return window;
  const rows = mergePage(window.rows, page.items);
  // What was said after the page was read was not appended here, as this window did not follow.
  const hasAfter = page.hasAfter || isBehind(rows, page, headSeq);
  return cut({ ...window, rows, hasAfter, upTo: page.head.seq, reading: 'end' });
}

/** What the server says of these rows, which were asked for by their seqs: newer versions, and that the others are gone. */
export function receiveVersions(window: MessageWindow, asked: readonly number[], told: readonly MessageView[]): MessageWindow {
  const wanted = new Set(asked);
  const versions = new Map(told.map((row) => [row.seq, row]));
  const rows = window.rows.flatMap((row) => {
    const version = versions.get(row.seq);
    if (version !== undefined) return [newerRow(row, version)];
    return wanted.has(row.seq) ? [] : [row];
  });
  const isSame = rows.length === window.rows.length && rows.every((row, index) => row === window.rows[index]);
  return isSame ? window : { ...window, rows };
}

/** A page around a place takes the window's place. */
export function receiveAround(page: ListMessagesResult, headSeq: number): MessageWindow {
  const hasAfter = page.hasAfter || isBehind(page.items, page, headSeq);
  return { rows: page.items, hasBefore: page.hasBefore, hasAfter, reading: 'start' };
}

/** The page was read before the newest message that we know of, and the rows do not reach that. */
function isBehind(rows: readonly MessageView[], page: Pick<ListMessagesResult, 'head'>, headSeq: number): boolean {
  return page.head.seq < headSeq && (rows.at(-1)?.seq ?? 0) < headSeq;
}

function cut(window: MessageWindow): MessageWindow {
  const surplus = window.rows.length - windowMaxRows;
  if (surplus <= 0) return window;
  return window.reading === 'end'
    ? { ...window, rows: window.rows.slice(surplus), hasBefore: true }
    : { ...window, rows: window.rows.slice(0, windowMaxRows), hasAfter: true };
}
