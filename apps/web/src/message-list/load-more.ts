/** After a page could not be loaded, the next one is asked for by a later scroll, at most this often (ms). */
const loadPauseMs = 2_000;
let pausedUntil = 0;

/** Asks for one page more, unless one is under way or the last one could not be loaded just now. */
export async function loadMore(load: () => Promise<void>, loading: boolean): Promise<void> {
  if (loading || performance.now() < pausedUntil) return;
  try {
    await load();
  } catch {
    pausedUntil = performance.now() + loadPauseMs;
  }
}
