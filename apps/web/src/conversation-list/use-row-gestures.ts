'use client';

import { type MouseEvent, type PointerEvent, useRef } from 'react';
import { openRowMenu } from './row-menu-state.ts';

/** A finger that rests on a row so long (ms) asks for its menu … */
const pressMs = 500;
/** … unless it moves further than this (px): then it scrolls. */
const slackPx = 10;

/** The menu of a row by the right button, by Shift+F10 or the menu key, and by a long press: handlers for the whole list. */
export function useRowGestures() {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);
  const swallowClick = useRef(false);

  function stopPress(): void {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  }

  return {
    onContextMenu(event: MouseEvent) {
      const element = event.target as HTMLElement;
      if (element.closest('[data-conversation]') === null) return;
      event.preventDefault();
      stopPress();
      // By the keyboard it has no point: some browsers say 0, some the corner of what has the focus.
      const isByKey = event.button !== 2 || (event.clientX === 0 && event.clientY === 0);
      if (isByKey) openRowMenu(element.closest('[data-conversation]')?.querySelector('a') ?? element);
      else openRowMenu(element, { x: event.clientX, y: event.clientY });
    },
    onPointerDown(event: PointerEvent) {
      swallowClick.current = false;
      stopPress();
      if (event.pointerType === 'mouse') return;
      const element = event.target as HTMLElement;
      const point = { x: event.clientX, y: event.clientY };
      const timer = setTimeout(() => {
        press.current = null;
        swallowClick.current = true;
        openRowMenu(element, point);
      }, pressMs);
      press.current = { timer, ...point };
    },
    onPointerMove(event: PointerEvent) {
      const { x, y } = press.current ?? { x: event.clientX, y: event.clientY };
      if (Math.hypot(event.clientX - x, event.clientY - y) > slackPx) stopPress();
    },
    onPointerUp: stopPress,
    onPointerCancel: stopPress,
    /** The finger that asked for the menu does not open the chat as well. */
    onClickCapture(event: MouseEvent) {
      if (!swallowClick.current) return;
      swallowClick.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
