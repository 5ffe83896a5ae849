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
        timer = setTimeout(() => onPress(from), pressMs);
      },
      onPointerMove(event: PointerEvent) {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slackPx) stop();
      },
      onPointerUp: stop,
      onPointerCancel: stop,
    };
  }, [onPress]);
}
