'use client';

import { type MouseEvent, type PointerEvent, useRef } from 'react';
import { openRowMenu } from './row-menu-state.ts';

/** A finger that rests on a row so long (ms) asks for its menu … */
const pressMs = 500;
/** … unless it moves further than this (px): then it scrolls. */
const slackPx = 10;

/** The menu of a row by the right button, by Shift+F10 or the menu key, and by a long press: handlers for the whole list. */
export function useRowGestures() {
  const press = useRef<Press | null>(null);
  const swallowClick = useRef(false);

  function endPress(): void {
    if (press.current !== null) clearTimeout(press.current.timer);
    press.current = null;
  }

  function openAtFinger(now: Press): void {
    clearTimeout(now.timer);
    if (now.isOpened) return;
    now.isOpened = true;
    swallowClick.current = true;
    openRowMenu(now.element, { x: now.x, y: now.y, isHeld: true });
  }

  return {
    onContextMenu(event: MouseEvent) {
      const element = event.target as HTMLElement;
      if (element.closest('[data-conversation]') === null) return;
      event.preventDefault();
      // Some browsers say a long press themselves, before or after we have noticed it.
      if (press.current !== null) return openAtFinger(press.current);
      // By the keyboard it has no point: some browsers say 0, some the corner of what has the focus.
      const isByKey = event.button !== 2 || (event.clientX === 0 && event.clientY === 0);
      if (isByKey) openRowMenu(element.closest('[data-conversation]')?.querySelector('a') ?? element);
      else openRowMenu(element, { x: event.clientX, y: event.clientY });
    },
    onPointerDown(event: PointerEvent) {
      swallowClick.current = false;
      endPress();
      if (event.pointerType === 'mouse') return;
      const timer = setTimeout(() => openAtFinger(now), pressMs);
      const now: Press = {
        ...{ timer, x: event.clientX, y: event.clientY },
        ...{ element: event.target as HTMLElement, isOpened: false },
      };
      press.current = now;
    },
    onPointerMove(event: PointerEvent) {
      const { x, y } = press.current ?? { x: event.clientX, y: event.clientY };
      if (Math.hypot(event.clientX - x, event.clientY - y) > slackPx) endPress();
    },
    onPointerUp: endPress,
    onPointerCancel: endPress,
    /** The finger that asked for the menu does not open the chat as well. */
    onClickCapture(event: MouseEvent) {
      if (!swallowClick.current) return;
      swallowClick.current = false;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}

/** A finger on a row. */
interface Press {
  timer: ReturnType<typeof setTimeout>;
  x: number;
  y: number;
  element: HTMLElement;
  isOpened: boolean;
}
