const durationMs = 250;

/** Whether motion is unwelcome: the person's setting, or a device that has little to spare. */
export function lessMotion(): boolean {
  const memoryGb = (navigator as { deviceMemory?: number }).deviceMemory;
  return matchMedia('(prefers-reduced-motion: reduce)').matches || (memoryGb !== undefined && memoryGb <= 2);
}

/**
 * Plays the way to a place: `toPlace` scrolls there at once and is asked anew in every frame, so that whatever changes under way
 * is taken into account; `distance` (px, at most one screen is played) is how far before it the way begins. Returns how to stop.
 */
export function animateScroll(scroller: HTMLElement, distance: number, toPlace: () => void, done: () => void): () => void {
  const screen = scroller.clientHeight;
  const played = Math.max(-screen, Math.min(screen, distance));
  const begun = performance.now();
  let frame = 0;
  const step = (now: number) => {
    const share = Math.min(1, Math.max(0, (now - begun) / durationMs));
    toPlace();
    if (share < 1) {
      scroller.scrollTop -= played * (1 - share) ** 3;
      frame = requestAnimationFrame(step);
    } else done();
  };
  step(begun);
  return () => cancelAnimationFrame(frame);
}
