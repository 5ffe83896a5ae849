import { type PointerEvent, useMemo } from 'react';

/** A finger that rests this long asks for the menu. */
const pressMs = 450;
/** A finger that moves further than this scrolls. */
const slackPx = 8;

/** Handlers that hear a long press of a finger, and where. */
export function useLongPress(onPress: (at: { x: number; y: number }) => void) {
  return useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    const stop = () => clearTimeout(timer);
    return {
      onPointerDown(event: PointerEvent) {
        stop();
        if (event.pointerType !== 'touch') return;
        from = { x: event.clientX, y: event.clientY };
        timer = setTimeout(() => {
          swallowRelease();
          onPress(from);
        }, pressMs);
      },
      onPointerMove(event: PointerEvent) {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slackPx) stop();
      },
      onPointerUp: stop,
      onPointerCancel: stop,
    };
  }, [onPress]);
}

/** What follows the lifting of the finger (ms): browsers make a press of a mouse of it. */
const afterReleaseMs = 400;
const releases = ['touchend', 'pointerup', 'mousedown', 'mouseup', 'click'] as const;

/** The finger still rests where the menu has just opened: its lifting is no press beside the menu. */
function swallowRelease(): void {
  const swallow = (event: Event) => {
    event.stopImmediatePropagation();
    if (event.cancelable) event.preventDefault();
    if (event.type === 'pointerup' || event.type === 'touchend') setTimeout(stop, afterReleaseMs);
  };
  const stop = () => {
    for (const type of releases) window.removeEventListener(type, swallow, { capture: true });
    window.removeEventListener('pointerdown', stop, { capture: true });
  };
  // A new press is no part of the old one.
  window.addEventListener('pointerdown', stop, { capture: true });
  for (const type of releases) window.addEventListener(type, swallow, { capture: true, passive: false });
}
