'use client';

import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { lessMotion } from '../message-list/animate-scroll.ts';

/** While somebody points at the list or walks through it, rows wait this long (ms) before they change places. */
const calmMs = 1_500;
const moveMs = 200;

/**
 * The order to show: the wanted one, but held back while the list is in use, so that nothing slips away under the pointer. New
 * rows and removed ones are never held back.
 */
export function useCalmOrder(wanted: readonly string[], listRef: RefObject<HTMLElement | null>): readonly string[] {
  const [shown, setShown] = useState(wanted);
  useEffect(() => {
    const list = listRef.current;
    const inUse = list !== null && (list.matches(':hover') || list.contains(document.activeElement));
    if (!inUse) return setShown(wanted);
    const timer = setTimeout(() => setShown(wanted), calmMs);
    return () => clearTimeout(timer);
  }, [wanted, listRef]);
  return mergeOrder(shown, wanted);
}

/** `shown` without what is no longer wanted, and with what it does not have yet at its wanted place from the top. */
export function mergeOrder(shown: readonly string[], wanted: readonly string[]): readonly string[] {
  if (shown === wanted) return wanted;
  const isWanted = new Set(wanted);
  const kept = shown.filter((id) => isWanted.has(id));
  const isShown = new Set(kept);
  const merged = [...kept];
  for (const [index, id] of wanted.entries()) if (!isShown.has(id)) merged.splice(Math.min(index, merged.length), 0, id);
  return merged;
}

/** Moves rows from their old to their new places instead of letting them jump. Transform only. */
export function useMovingRows(order: readonly string[], listRef: RefObject<HTMLElement | null>): void {
  const tops = useRef(new Map<string, number>());
  // biome-ignore lint/correctness/useExhaustiveDependencies: places change with the order.
  useLayoutEffect(() => {
    const list = listRef.current;
    if (list === null) return;
    const before = tops.current;
    const after = new Map<string, number>();
    for (const row of list.querySelectorAll<HTMLElement>('[data-conversation]')) {
      const id = row.dataset.conversation;
      if (id === undefined) continue;
      after.set(id, row.offsetTop);
      const from = before.get(id);
      if (from === undefined || from === row.offsetTop || lessMotion()) continue;
      row.animate([{ transform: `translateY(${from - row.offsetTop}px)` }, { transform: 'none' }], {
        duration: moveMs,
        easing: 'cubic-bezier(.2,.8,.2,1)',
      });
    }
    tops.current = after;
  }, [order, listRef]);
}
