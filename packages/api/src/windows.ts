/** Windows that are counted at once; of more the ones that began first are forgotten. */
const windowsMax = 50_000;

interface Window {
  left: number;
  endsAt: number;
}

/** So many points a window for each key, in this process's memory. A window begins with its first point; refused tries do not extend it. */
export class Windows {
  readonly #points: number;
  readonly #durationMs: number;
  /** In the order of their beginning, which is that of their end. */
  readonly #windows = new Map<string, Window>();

  constructor(points: number, durationMs: number) {
    this.#points = points;
    this.#durationMs = durationMs;
  }

  /** Takes a point and answers 0, or takes none and answers in how many milliseconds there are some again. */
  take(key: string, nowMs: number): number {
    const window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= nowMs) {
      this.#begin(key, nowMs);
      return 0;
    }
    if (window.left < 1) return window.endsAt - nowMs;
    window.left -= 1;
    return 0;
  }

  /** Gives a point of the present window back, if there is one. */
  giveBack(key: string, nowMs: number): void {
    const window = this.#windows.get(key);
    if (window !== undefined && window.endsAt > nowMs) window.left = Math.min(window.left + 1, this.#points);
  }

  #begin(key: string, nowMs: number): void {
    this.#windows.delete(key);
    for (const [oldest, { endsAt }] of this.#windows) {
      if (endsAt > nowMs && this.#windows.size < windowsMax) break;
      this.#windows.delete(oldest);
    }
    this.#windows.set(key, { left: this.#points - 1, endsAt: nowMs + this.#durationMs });
  }
}
