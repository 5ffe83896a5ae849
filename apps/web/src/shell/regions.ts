/** Goes to the next or previous part of the window (F6): list, header, messages, composer, panel, as far as they are there. */
export function focusRegion(by: 1 | -1): boolean {
  const regions = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(isVisible);
  const current = regions.findIndex((region) => region.contains(document.activeElement));
  for (let i = 1; i <= regions.length; i++) {
    const index = (Math.max(current, by === 1 ? -1 : 0) + by * i + regions.length * 2) % regions.length;
    const stop = firstStop(regions[index]);
    if (stop !== undefined) {
      stop.focus();
      return true;
    }
  }
  return false;
}

function firstStop(region: HTMLElement | undefined): HTMLElement | undefined {
  const candidates = region?.querySelectorAll<HTMLElement>('a[href], button, textarea, input, [tabindex]');
  const stops = [...(candidates ?? [])].filter(
    (element) => element.tabIndex >= 0 && isVisible(element) && !element.matches(':disabled'),
  );
  // A list is entered where it was left; everything else at its beginning.
  return stops.find((element) => element.matches('article, .chat-row, textarea')) ?? stops[0];
}

function isVisible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0;
}
