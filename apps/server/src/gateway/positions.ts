import { limits, type StreamItem } from '@nexo/shared';
import { Item } from './batch.ts';
import type { ConversationStream } from './conversation-stream.ts';
import type { LocalUser } from './hub.ts';
import type { UserStream } from './user-stream.ts';

export interface PositionsOptions {
  everyMs?: number;
  /** 0 to 1; shortens each wait by up to a quarter, so that nodes do not keep step. */
  random?: () => number;
}

interface Moved {
  user: UserStream | undefined;
  conversations: ConversationStream[];
}

/**
 * Tells listeners from time to time where they should be, so that a frame which got lost on a healthy socket is missed. Only what
 * moved since the last time is named, after the events themselves in the same queue. Nothing moves: no timer runs.
 */
export class Positions {
  readonly #everyMs: number;
  readonly #random: () => number;
  #conversations: ConversationStream[] = [];
  #users: UserStream[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: PositionsOptions = {}) {
    this.#everyMs = options.everyMs ?? limits.positionsEveryMs;
    this.#random = options.random ?? Math.random;
  }

  conversationMoved(stream: ConversationStream): void {
    if (stream.moved) return;
    stream.moved = true;
    this.#conversations.push(stream);
    this.#arm();
  }

  userMoved(stream: UserStream): void {
    if (stream.moved) return;
    stream.moved = true;
    this.#users.push(stream);
    this.#arm();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => this.#tell(), this.#everyMs * (1 - this.#random() / 4));
    // Never a reason to keep a process alive.
    this.#timer.unref();
  }

  #tell(): void {
    this.#timer = undefined;
    const moved = this.#take();
    /** Users for whom the same moved share one item, and so one frame. */
    const items = new Map<string, Item>();
    for (const [user, what] of moved) {
      if (user.listeners.size === 0) continue;
      const value = noteOf(what);
      const key = JSON.stringify(value);
      let item = items.get(key);
      if (item === undefined) {
        item = new Item(value);
        items.set(key, item);
      }
      for (const listener of user.listeners) listener.enqueue(item);
    }
  }

  #take(): Map<LocalUser, Moved> {
    const moved = new Map<LocalUser, Moved>();
    const of = (user: LocalUser) => {
      let entry = moved.get(user);
      if (entry === undefined) {
        entry = { user: undefined, conversations: [] };
        moved.set(user, entry);
      }
      return entry;
    };
    for (const stream of this.#conversations) {
      stream.moved = false;
      for (const user of stream.members) of(user).conversations.push(stream);
    }
    for (const stream of this.#users) {
      stream.moved = false;
      of(stream.user).user = stream;
    }
    this.#conversations = [];
    this.#users = [];
    return moved;
  }
}

function noteOf({ user, conversations }: Moved): StreamItem {
  if (conversations.length > limits.positionsMaxConversations) return { type: 'resync' };
  const userChange = user?.cursor;
  return {
    type: 'positions',
    ...(userChange === undefined ? {} : { userChange }),
    conversations: conversations.map(({ id, cursor }) => ({ id, change: cursor })),
  };
}
