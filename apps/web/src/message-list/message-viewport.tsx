'use client';

import { type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { animateScroll, lessMotion } from './animate-scroll.ts';
import { firstVisibleKey, isAtEnd, keepPlace, measurePin, type Pin, restorePin, type Seen, see } from './pin.ts';

/** Rows in the document at any time (U-01): around the first visible one, more of them below it. */
const rowsAbove = 50;
const rowsBelow = 95;
/** The window of rows moves when the first visible row is this far from where the window was laid. */
const driftMaxRows = 15;
/** A scroll this soon (ms) after the reader did something is the reader's. */
const readerScrollMs = 1_000;
/** Older and newer pages are asked for this many viewports ahead. */
const askAheadViewports = 1.5;

/** A place to go to. A new `token` goes there (again); what is not among the rows yet is gone to as soon as it is. */
export interface Target {
  token: number;
  key: string | 'end';
  /** Where in the viewport its top comes to stand: 0 top … 1 bottom. */
  fraction: number;
  smooth: boolean;
}

export interface View {
  scroller: HTMLElement;
  atEnd: boolean;
  /** The view changed because the reader scrolled, with whatever device. */
  scrolled: boolean;
}

interface Props<R extends { key: string }> {
  rows: readonly R[];
  renderRow: (row: R) => ReactNode;
  target: Target;
  hasBefore: boolean;
  hasAfter: boolean;
  onNeedBefore: () => void;
  onNeedAfter: () => void;
  /** After every scroll, resize and change of rows: at most once a frame. */
  onView: (view: View) => void;
  /** Rows that are not messages at the ends of what is loaded. */
  head: ReactNode;
  label: string;
}

/**
 * A window over the rows of a conversation in which nothing moves that the reader did not move.
 *
 * There are no estimated heights: rows of the window stand in normal flow, rows outside of it are not in the document. What
 * keeps the place is the *pin*: either the end, or one row and how far its top is from the top of the viewport. It is
 * taken after every scroll and held after every commit and every resize, before the browser paints (`keepPlace`).
 */
export function MessageViewport<R extends { key: string }>(props: Props<R>) {
  const { rows, renderRow, target, hasBefore, hasAfter, onNeedBefore, onNeedAfter, onView, head, label } = props;
  const scrollerRef = useRef<HTMLDivElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const pinRef = useRef<Pin>({ to: 'end' });
  const seenRef = useRef<Seen>({ top: 0, content: 0, viewport: 0 });
  const inputAtRef = useRef(Number.NEGATIVE_INFINITY);
  /** Set while the way to a target is played: until then the pin is where it leads. */
  const stopAnimationRef = useRef<(() => void) | null>(null);

  // The row around which the window lies; 'end' follows the newest.
  const [focusKey, setFocusKey] = useState<string>(target.key);
  const [goneTo, setGoneTo] = useState<number | null>(null);
  const isGoing = goneTo !== target.token && (target.key === 'end' || rows.some((row) => row.key === target.key));
  const laidAround = isGoing ? target.key : focusKey;
  if (isGoing) {
    setGoneTo(target.token);
    setFocusKey(target.key);
  }

  const { start, end } = windowAround(rows, laidAround);
  const showsNewest = end === rows.length && !hasAfter;
  const showsNewestRef = useRef(showsNewest);
  showsNewestRef.current = showsNewest;

  // A frame holds one report, however many reasons there were for it.
  const frameRef = useRef<{ id: number; scrolled: boolean } | null>(null);
  const onViewRef = useRef(onView);
  onViewRef.current = onView;
  const reportView = useCallback((scrolled: boolean) => {
    if (frameRef.current !== null) {
      frameRef.current.scrolled ||= scrolled;
      return;
    }
    const frame = {
      scrolled,
      id: requestAnimationFrame(() => {
        frameRef.current = null;
        const scroller = scrollerRef.current;
        if (scroller === null) return;
        onViewRef.current({ scroller, atEnd: showsNewestRef.current && isAtEnd(scroller), scrolled: frame.scrolled });
      }),
    };
    frameRef.current = frame;
  }, []);
  useEffect(
    () => () => {
      if (frameRef.current !== null) cancelAnimationFrame(frameRef.current.id);
      frameRef.current = null;
      stopAnimationRef.current?.();
      stopAnimationRef.current = null;
    },
    [],
  );

  const keep = useCallback(() => {
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller === null || content === null || stopAnimationRef.current !== null) return;
    pinRef.current = keepPlace(scroller, content, pinRef.current, seenRef.current, showsNewestRef.current);
    seenRef.current = see(scroller);
  }, []);

  const askForMore = useCallback(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const ahead = scroller.clientHeight * askAheadViewports;
    if (start === 0 && hasBefore && scroller.scrollTop < ahead) onNeedBefore();
    if (end === rows.length && hasAfter && distanceToEnd(scroller) < ahead) onNeedAfter();
  }, [start, end, rows.length, hasBefore, hasAfter, onNeedBefore, onNeedAfter]);

  // Going: put the target in its place in the same commit that brings its row; then, if asked, play the way there.
  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller === null || content === null || goneTo === null || goneTo !== target.token) return;
    stopAnimationRef.current?.();
    stopAnimationRef.current = null;
    const from = scroller.scrollTop;
    const pin: Pin =
      target.key === 'end' ? { to: 'end' } : { to: 'row', key: target.key, top: target.fraction * scroller.clientHeight };
    pinRef.current = pin;
    restorePin(scroller, content, pin);
    const arrive = () => {
      stopAnimationRef.current = null;
      // The end stays the end; a row near it may not have reached its place.
      if (pin.to === 'row') pinRef.current = measurePin(scroller, content, showsNewestRef.current) ?? pin;
      seenRef.current = see(scroller);
    };
    const distance = scroller.scrollTop - from;
    if (!target.smooth || Math.abs(distance) < 1 || lessMotion()) arrive();
    else stopAnimationRef.current = animateScroll(scroller, distance, () => restorePin(scroller, content, pin), arrive);
  }, [goneTo, target]);

  // Everything else that was committed.
  useLayoutEffect(() => {
    keep();
    reportView(false);
    askForMore();
  });

  // What changes height by itself: the window, the composer, the keyboard of a phone, late fonts.
  useEffect(() => {
    if (scrollerRef.current === null || contentRef.current === null) return;
    const observer = new ResizeObserver(() => {
      keep();
      reportView(false);
    });
    observer.observe(scrollerRef.current);
    observer.observe(contentRef.current);
    return () => observer.disconnect();
  }, [keep, reportView]);

  function onScroll() {
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller === null || content === null) return;
    const byReader = performance.now() - inputAtRef.current < readerScrollMs;
    if (stopAnimationRef.current !== null) return reportView(byReader);
    keep();
    const visible = pinRef.current.to === 'end' ? 'end' : firstVisibleKey(scroller, content);
    if (visible !== undefined && driftOf(rows, laidAround, visible) > driftMaxRows) setFocusKey(visible);
    reportView(byReader);
    askForMore();
  }

  /** Whoever scrolls while the way is played takes over. */
  function letGo() {
    inputAtRef.current = performance.now();
    if (stopAnimationRef.current === null) return;
    stopAnimationRef.current();
    stopAnimationRef.current = null;
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller === null || content === null) return;
    pinRef.current = measurePin(scroller, content, showsNewestRef.current) ?? pinRef.current;
    seenRef.current = see(scroller);
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing is operated here; it is only noticed that the reader scrolls.
    <div
      ref={scrollerRef}
      onScroll={onScroll}
      onWheel={letGo}
      onTouchMove={letGo}
      onPointerDown={letGo}
      onKeyDown={letGo}
      className="msg-scroller"
      data-testid="message-scroller"
    >
      <div ref={contentRef} className="msg-content">
        {start === 0 ? head : null}
        <ol aria-label={label} className="msg-list">
          {rows.slice(start, end).map(renderRow)}
        </ol>
      </div>
    </div>
  );
}

function windowAround(rows: readonly { key: string }[], key: string): { start: number; end: number } {
  const size = rowsAbove + rowsBelow;
  const index = key === 'end' ? -1 : rows.findIndex((row) => row.key === key);
  if (index === -1) return { start: Math.max(0, rows.length - size), end: rows.length };
  const start = Math.max(0, Math.min(index - rowsAbove, rows.length - size));
  return { start, end: Math.min(rows.length, start + size) };
}

function driftOf(rows: readonly { key: string }[], from: string, to: string): number {
  if (from === to) return 0;
  const index = (key: string) => {
    const found = key === 'end' ? -1 : rows.findIndex((row) => row.key === key);
    return found === -1 ? rows.length : found;
  };
  // Reaching the end always takes the window along: new rows must appear there.
  return to === 'end' ? Number.POSITIVE_INFINITY : Math.abs(index(from) - index(to));
}

function distanceToEnd(scroller: HTMLElement): number {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
}
