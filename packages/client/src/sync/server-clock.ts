import type { Runtime } from '../types/options.ts';

/** The server's time as well as we know it; the device's own clock may be hours wrong. */
export interface ServerClock {
  /** Epoch milliseconds. */
  now(): number;
  /** The server said its time in an answer to a call that was sent at `sentAt` (of the device's clock). */
  learn(serverTime: number, sentAt: number): void;
}

export function makeServerClock(runtime: Runtime): ServerClock {
  let offsetMs = 0;
  return {
    now: () => Math.round(runtime.now() + offsetMs),
    learn(serverTime, sentAt) {
      const receivedAt = runtime.now();
      // On average the answer was made half-way. A clock that was set back meanwhile says nothing.
      const tripMs = Math.max(0, receivedAt - sentAt);
      offsetMs = serverTime + tripMs / 2 - receivedAt;
    },
  };
}
