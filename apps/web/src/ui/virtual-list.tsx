'use client';

import { type FocusEvent, type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

/** Rows in the document above and below those that are seen. */
const rowsAround = 8;
/** More is asked for so many viewports before the end. */
const askAheadViewports = 2;

interface Props<T> {
  items: readonly T[];
  keyOf: (item: T) => string;
  /** All rows are as high. */
  rowHeight: number;
  /** The inside of a row. What it marks with `data-row-focus` takes the focus of the row; `tabIndex` is that of all in it. */
  renderRow: (item: T, tabIndex: 0 | -1) => ReactNode;
  rowTestId: (item: T) => string;
  label: string;
  /** How many there are with those that are not loaded; undefined: not known. */
  total: number | undefined;
  hasMore: boolean;
  onNeedMore: () => void;
  /** Stands above the rows and scrolls with them. */
  testId: string;
}

/**
 * A list of which only what is seen is in the document, however long it is. Rows that come and go above do not move what the reader looks
 * at, and the row with the focus stays in the document. ↑ ↓ Page↑ Page↓ Home End go from row to row.
 */
export function VirtualList<T>(props: Props<T>) {
  const { items, keyOf, rowHeight, renderRow, rowTestId, label, total, hasMore, onNeedMore, testId } = props;
  const scrollerRef = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 0 });
  const [activeKey, setActiveKey] = useState<string | undefined>(undefined);
  /** The rows that were seen last, to find the place again when others have come or gone. */
  const placeRef = useRef<{ keys: string[]; offset: number; items: readonly T[] }>({ keys: [], offset: 0, items });
  const goingToRef = useRef<number | null>(null);
  const focusedRef = useRef<{ index: number; element: HTMLElement } | null>(null);

  const first = Math.max(0, Math.floor(seen.top / rowHeight) - rowsAround);
  const last = Math.min(items.length, Math.ceil((seen.top + seen.height) / rowHeight) + rowsAround);
  const found = activeKey === undefined ? -1 : items.findIndex((item) => keyOf(item) === activeKey);
  const active = found === -1 ? Math.min(Math.ceil(seen.top / rowHeight), items.length - 1) : found;
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (active >= 0 && active < first) shown.unshift(active);
  else if (active >= last) shown.push(active);

  function look() {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const { scrollTop, clientHeight } = scroller;
    const top = Math.floor(scrollTop / rowHeight);
    const keys = items.slice(top, top + Math.ceil(clientHeight / rowHeight) + 1).map(keyOf);
    placeRef.current = { keys, offset: scrollTop - top * rowHeight, items };
    setSeen((before) =>
      before.top === scrollTop && before.height === clientHeight ? before : { top: scrollTop, height: clientHeight },
    );
    if (hasMore && items.length * rowHeight - scrollTop < clientHeight * (1 + askAheadViewports)) onNeedMore();
  }
  const lookRef = useRef(look);
  lookRef.current = look;

  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const observer = new ResizeObserver(() => lookRef.current());
    observer.observe(scroller);
    return () => observer.disconnect();
  }, []);

  // What was seen stays where it was.
  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    const place = placeRef.current;
    if (scroller === null) return;
    if (place.items !== items && scroller.scrollTop > 0) {
      const places = new Map(items.map((item, index) => [keyOf(item), index]));
      const kept = place.keys.findIndex((key) => places.has(key));
      const index = places.get(place.keys[kept] ?? '');
      if (index !== undefined) scroller.scrollTop = (index - kept) * rowHeight + place.offset;
    }
    lookRef.current();
    arrive();
    // The row with the focus is gone: the one in its place has it.
    const focused = focusedRef.current;
    if (focused === null || focused.element.isConnected) return;
    focusedRef.current = null;
    if (document.activeElement === document.body) focusRow(focused.index);
  });

  function focusRow(index: number) {
    const item = items[Math.max(0, Math.min(index, items.length - 1))];
    const scroller = scrollerRef.current;
    if (item === undefined || scroller === null) return;
    const at = items.indexOf(item);
    setActiveKey(keyOf(item));
    if (at * rowHeight < scroller.scrollTop) scroller.scrollTop = at * rowHeight;
    else if ((at + 1) * rowHeight > scroller.scrollTop + scroller.clientHeight) {
      scroller.scrollTop = (at + 1) * rowHeight - scroller.clientHeight;
    }
    goingToRef.current = at;
    arrive();
  }

  /** A row that is not in the document yet takes the focus with the commit that brings it. */
  function arrive() {
    const at = goingToRef.current;
    const element = scrollerRef.current?.querySelector<HTMLElement>(`[data-index="${at}"] [data-row-focus]`);
    if (at === null || element == null) return;
    goingToRef.current = null;
    element.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!(event.target as HTMLElement).hasAttribute('data-row-focus') || event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(seen.height / rowHeight) - 1);
    const next = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: items.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    focusRow(next);
  }

  function onFocus(event: FocusEvent<HTMLElement>) {
    const index = Number(event.target.closest<HTMLElement>('[data-index]')?.dataset.index ?? Number.NaN);
    const item = items[index];
    if (item === undefined) return;
    focusedRef.current = { index, element: event.target };
    setActiveKey(keyOf(item));
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: these are handlers of the rows in it, said once for all of them.
    <div
      ref={scrollerRef}
      data-testid={testId}
      onScroll={look}
      onKeyDown={onKeyDown}
      onFocus={onFocus}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain"
      style={{ overflowAnchor: 'none' }}
    >
      <ul aria-label={label} className="relative" style={{ height: items.length * rowHeight }}>
        {shown.map((index) => {
          const item = items[index];
          return item === undefined ? null : (
            <li
              key={keyOf(item)}
              data-index={index}
              data-testid={rowTestId(item)}
              aria-setsize={total ?? -1}
              aria-posinset={index + 1}
              className="absolute inset-x-0"
              style={{ top: index * rowHeight, height: rowHeight }}
            >
              {renderRow(item, index === active ? 0 : -1)}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
