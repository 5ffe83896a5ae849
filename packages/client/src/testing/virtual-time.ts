/** Time that stands still until it is turned. One for everybody in a test. */
export interface VirtualTime {
  now(): number;
  setTimeout(work: () => void, ms: number): number;
  clearTimeout(handle: unknown): void;
  /** Lets everything happen that is due within `ms`, in order, and what follows from it. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
}

interface Timer {
  id: number;
  at: number;
  work: () => void;
}

export function makeVirtualTime(startMs = Date.UTC(2030, 0, 1)): VirtualTime {
  let nowMs = startMs;
  let nextId = 1;
  let timers: Timer[] = [];

  function takeDue(untilMs: number): Timer | undefined {
    let due: Timer | undefined;
    for (const timer of timers) {
      if (timer.at <= untilMs && (due === undefined || timer.at < due.at || (timer.at === due.at && timer.id < due.id)))
        due = timer;
    }
    if (due !== undefined) timers = timers.filter((timer) => timer !== due);
    return due;
  }

  const time: VirtualTime = {
    now: () => nowMs,
    setTimeout(work, ms) {
      const id = nextId++;
      timers.push({ id, at: nowMs + Math.max(0, ms), work });
      return id;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer.id !== handle);
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      await time.settle();
      for (let timer = takeDue(untilMs); timer !== undefined; timer = takeDue(untilMs)) {
        nowMs = Math.max(nowMs, timer.at);
        timer.work();
        await time.settle();
      }
      nowMs = untilMs;
    },
    // A turn of the real event loop comes only when no promise is left to run.
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  };
  return time;
}
