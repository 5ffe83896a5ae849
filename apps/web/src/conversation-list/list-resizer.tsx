'use client';

import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { listWidth, setListWidth } from '../shell/list-width.ts';

const stepPx = 16;

/** The edge of the list: drag it, or move it with the arrow keys. */
export default function ListResizer() {
  const [width, setWidth] = useState<number>(() => currentWidth());
  const dragging = useRef(false);

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    if (!dragging.current) return;
    const left = event.currentTarget.parentElement?.getBoundingClientRect().left ?? 0;
    setWidth(setListWidth(event.clientX - left));
  }

  function onKeyDown(event: KeyboardEvent) {
    const by = { ArrowLeft: -stepPx, ArrowRight: stepPx }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setWidth(setListWidth(currentWidth() + by));
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that can be moved has no element of its own.
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the list"
      aria-valuenow={width}
      aria-valuemin={listWidth.min}
      aria-valuemax={listWidth.max}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        dragging.current = true;
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      // Also when the browser takes the pointer away in the middle of it.
      onLostPointerCapture={() => {
        dragging.current = false;
      }}
      className="list-resizer absolute inset-y-0 -end-1 z-10 w-2 cursor-col-resize touch-none"
    />
  );
}

function currentWidth(): number {
  if (typeof document === 'undefined') return listWidth.default;
  const width = Number.parseInt(document.documentElement.style.getPropertyValue('--list-width'), 10);
  return Number.isNaN(width) ? listWidth.default : width;
}
