/** Attempts back off up to this long apart. */
const retryMaxMs = 30_000;
const retryFirstMs = 500;

/** Full jitter: anything from 0 to `min(30 s, 0.5 s · 2^attempt)`, so that clients that fell together do not come back together. */
export function backoffMs(attempt: number, random: () => number): number {
  return random() * Math.min(retryMaxMs, retryFirstMs * 2 ** Math.min(attempt, 16));
}
