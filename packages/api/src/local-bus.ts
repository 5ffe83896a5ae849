import type { Bus, BusListener, BusMessage } from './bus.ts';
import type { Log } from './context.ts';

/** The bus of a single process: what is published is heard right after the publishing code has yielded, in order. */
export class LocalBus implements Bus {
  readonly carries = false;
  readonly #listeners = new Set<BusListener>();
  readonly #log: Pick<Log, 'error'>;
  #closed = false;

  constructor(log: Pick<Log, 'error'>) {
    this.#log = log;
  }

  publish(messages: readonly BusMessage[]): void {
    if (messages.length === 0) return;
    // Microtasks run in the order they were queued, so publishing from within a listener keeps the order too.
    queueMicrotask(() => {
      if (this.#closed) return;
      for (const listener of [...this.#listeners]) {
        try {
          listener(messages);
        } catch (error) {
          this.#log.error({ error }, 'a bus listener failed');
        }
      }
    });
  }

  subscribe(listener: BusListener): () => void {
    // A wrapper of its own, so that one function may listen twice and stop once.
    const own: BusListener = (messages) => listener(messages);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  onCarries(): () => void {
    return () => {};
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
  }
}
