import type { Session } from '@nexo/api';
import { AppError, limits, type StreamItem } from '@nexo/shared';
import type { LivePresence } from '../presence/live-presence.ts';
import type { Item } from './batch.ts';
import type { Connection, Hub, Listener } from './hub.ts';
import type { Memberships } from './memberships.ts';

/** The parts of the gateway that a stream without a socket needs. */
export interface EventStreamSource {
  hub: Pick<Hub, 'add' | 'remove'>;
  memberships: Pick<Memberships, 'listen' | 'unlisten'>;
  presence: Pick<LivePresence, 'forget'>;
}

/**
 * What `sync.events` answers. The gateway recognises it and connects the socket directly; whoever else iterates it (HTTP, a caller
 * in the process) gets the same items through a bounded queue of its own.
 */
export class EventStream implements AsyncIterable<StreamItem[]> {
  readonly session: Session;
  readonly #source: EventStreamSource;
  readonly #signal: AbortSignal | undefined;

  constructor(session: Session, source: EventStreamSource, signal: AbortSignal | undefined) {
    this.session = session;
    this.#source = source;
    this.#signal = signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamItem[]> {
    let items: StreamItem[] = [];
    let bytes = 0;
    let wake = () => {};
    const listener: Listener = {
      enqueue(item: Item) {
        if (bytes + item.bytes > limits.outboundHardMaxBytes) {
          items = [{ type: 'resync' }];
          bytes = 0;
        } else {
          items.push(item.value);
          bytes += item.bytes;
        }
        wake();
      },
    };
    let ended = false;
    const end = () => {
      ended = true;
      wake();
    };
    const { hub, memberships, presence } = this.#source;
    const connection: Connection = { ...listener, session: this.session, suspect: false, silentMs: 0, close: end };
    const refused = hub.add(connection);
    if (refused !== undefined) throw new AppError(refused === 'TOO_MANY_CONNECTIONS' ? 'RATE_LIMITED' : 'UNAUTHENTICATED');
    this.#signal?.addEventListener('abort', end, { once: true });
    try {
      await memberships.listen(this.session.userId, listener);
      while (!ended && this.#signal?.aborted !== true) {
        if (items.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        const batch = items;
        items = [];
        bytes = 0;
        yield batch;
      }
    } finally {
      this.#signal?.removeEventListener('abort', end);
      memberships.unlisten(this.session.userId, listener);
      presence.forget(connection);
      hub.remove(connection);
    }
  }
}
