import type { BusMessage, Log } from '@nexo/api';

/** What happened in this process, as plain numbers that only grow. */
export interface Counters {
  connectionsOpened: number;
  handshakesRefused: number;
  busMessages: Record<BusMessage['kind'], number>;
  /** Doorbells whose message the bus had not brought. */
  tailRepairs: number;
}

export function makeCounters(): Counters {
  return {
    connectionsOpened: 0,
    handshakesRefused: 0,
    busMessages: { conversation: 0, user: 0, read: 0, signal: 0, sessionsRevoked: 0 },
    tailRepairs: 0,
  };
}

/** Logs the counters when they have changed. Returns how to stop. */
export function logCounters(counters: Counters, log: Log, everyMs: number): () => void {
  let last = JSON.stringify(counters);
  const timer = setInterval(() => {
    const now = JSON.stringify(counters);
    if (now === last) return;
    last = now;
    log.debug({ ...counters, busMessages: { ...counters.busMessages } }, 'counters');
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
