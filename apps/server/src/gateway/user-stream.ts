import type { Log } from '@nexo/api';
import type { MeEvent } from '@nexo/shared';
import { Item } from './batch.ts';
import type { LocalUser } from './hub.ts';
import { OrderedStream } from './ordered-stream.ts';
import { isEverything, type Visible } from './visible.ts';

export interface UserStreamOptions {
  user: LocalUser;
  /** Reads everything private of the user anew after a gap; answers the number that then holds. */
  reload(user: LocalUser): Promise<number>;
  /** The user was let into a conversation. */
  joined(user: LocalUser, conversationId: string, at: number): void;
  moved(stream: UserStream): void;
  log: Log;
  holdMs?: number;
}

/** What happened to a user's memberships while they were being read: the change of each removal, and conversations joined; and a setting. */
export interface Meanwhile {
  removed: Map<string, number>;
  joined: Set<string>;
  hidesReading?: boolean;
}

/**
 * The private changes of one user, in order, for all sessions here. They cannot be read back one by one, so a gap is repaired by
 * reading the memberships anew and asking the clients to `resync`.
 */
export class UserStream {
  readonly user: LocalUser;
  moved = false;
  readonly #options: UserStreamOptions;
  readonly #order: OrderedStream<MeEvent>;
  /** While memberships are being read: what happened meanwhile, which the reading may not know of. */
  #meanwhile: Meanwhile | undefined;
  #readers = 0;

  constructor(options: UserStreamOptions) {
    this.user = options.user;
    this.#options = options;
    this.#order = new OrderedStream<MeEvent>({
      numberOf: (event) => event.userChange,
      dispatch: (event) => this.#dispatch(event),
      moved: () => options.moved(this),
      readMissing: async () => ({ head: await options.reload(this.user), events: [] }),
      repaired: () => this.send(new Item({ type: 'resync' })),
      log: options.log,
      ...(options.holdMs === undefined ? {} : { holdMs: options.holdMs }),
    });
  }

  get cursor(): number | undefined {
    return this.#order.cursor;
  }

  begin(change: number): void {
    this.#order.begin(change);
  }

  accept(change: number, events: readonly MeEvent[]): void {
    this.#order.accept({ from: events[0]?.userChange ?? change, to: change, events });
  }

  isBehind(change: number): boolean {
    return this.#order.isBehind(change);
  }

  repair(upTo?: number): void {
    this.#order.repair(upTo);
  }

  close(): void {
    this.#order.close();
  }

  send(item: Item): void {
    for (const listener of this.user.listeners) listener.enqueue(item);
  }

  /** Runs `read` and answers its result with what happened to memberships while it ran. */
  async whileReading<T>(read: () => Promise<T>): Promise<{ value: T; meanwhile: Meanwhile }> {
    // Readings that overlap share one record: it tells each of them at least what it must know.
    this.#meanwhile ??= { removed: new Map(), joined: new Set() };
    const meanwhile = this.#meanwhile;
    this.#readers++;
    try {
      return { value: await read(), meanwhile };
    } finally {
      if (--this.#readers === 0) this.#meanwhile = undefined;
    }
  }

  noteRemoved(conversationId: string, at: number): void {
    this.#meanwhile?.removed.set(conversationId, at);
    this.#meanwhile?.joined.delete(conversationId);
  }

  /** Notes what the user may read of a conversation from now on. */
  see(conversationId: string, visible: Visible): void {
    if (isEverything(visible)) this.user.visible.delete(conversationId);
    else this.user.visible.set(conversationId, visible);
  }

  #dispatch(event: MeEvent): void {
    if (event.type === 'me.updated' || event.type === 'me.removed') this.see(event.conversationId, event.me.visible);
    if (event.type === 'me.joined') {
      // Before they are let in: what is told of older messages is not for them.
      this.see(event.conversation.id, event.conversation.me.visible);
      this.#meanwhile?.joined.add(event.conversation.id);
      this.#options.joined(this.user, event.conversation.id, event.conversation.head.change);
    }
    if (event.type === 'me.profile') {
      this.user.hidesReading = !event.user.readReceipts;
      if (this.#meanwhile !== undefined) this.#meanwhile.hidesReading = this.user.hidesReading;
    }
    this.send(new Item(event));
  }
}
