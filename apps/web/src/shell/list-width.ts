/** Bounds of the list of chats where it can be resized (px). */
export const listWidth = { min: 260, max: 420, default: 320, storageKey: 'nexo.listWidth' } as const;

/** Runs before the first paint; see the root layout. */
export const restoreListWidthScript = `try{var w=+localStorage.getItem('${listWidth.storageKey}');if(w>=${listWidth.min}&&w<=${listWidth.max})document.documentElement.style.setProperty('--list-width',w+'px')}catch(e){}`;

/** Sets and keeps the width; answers what it became. */
export function setListWidth(px: number): number {
  const width = Math.round(Math.min(listWidth.max, Math.max(listWidth.min, px)));
  document.documentElement.style.setProperty('--list-width', `${width}px`);
  try {
    localStorage.setItem(listWidth.storageKey, String(width));
  } catch {
    // A browser that keeps nothing still has its width for this visit.
  }
  return width;
}
