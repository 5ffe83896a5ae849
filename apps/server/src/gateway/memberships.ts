import type { Log } from '@nexo/api';
import type { ConversationEvent } from '@nexo/shared';
import { Item } from './batch.ts';
import { ConversationStream } from './conversation-stream.ts';
import type { Hub, Listener, LocalUser } from './hub.ts';
import type { Missing } from './ordered-stream.ts';
import type { Positions } from './positions.ts';
import { UserStream } from './user-stream.ts';
import type { Visible } from './visible.ts';

export interface MembershipsOptions {
  hub: Hub;
  positions: Positions;
  /** The conversations of a user with their heads, all of one moment. */
  listCursors(userId: string): Promise<{
    userChange: number;
    hidesReading?: boolean;
    conversations: { id: string; change: number; visible?: Visible }[];
  }>;
  readEvents(conversationId: string, since: number): Promise<Missing<ConversationEvent>>;
  /** A private change of the user got lost: whatever hangs on it (sessions) is to be checked. */
  missedUserChange(userId: string): void;
  log: Log;
  holdMs?: number;
}

/** Reading a user's conversations at once at most: a storm of connections waits in line instead of in the pool. */
const loadsMax = 16;

/** Keeps who on this node belongs to which conversation: loaded when somebody begins to listen, then moved by the events. */
export class Memberships {
  readonly #options: MembershipsOptions;
  /** The last loading of each user that is not done yet. */
  readonly #loading = new Map<string, { stream: UserStream; done: Promise<void> }>();
  readonly #waiting: (() => void)[] = [];
  #loads = 0;

  constructor(options: MembershipsOptions) {
    this.#options = options;
  }

  /**
   * Makes the listener hear everything of its user from now on. What happened before, the client asks for (`sync.resume`) once this
   * has resolved. Throws when the database does not answer; then nothing has changed.
   */
  async listen(userId: string, listener: Listener): Promise<void> {
    const { hub } = this.#options;
    const user = hub.demand(userId);
    user.stream ??= this.#makeUserStream(user);
    const { stream } = user;
    user.listeners.add(listener);
    try {
      if (stream.cursor === undefined) await this.#load(user, stream);
    } catch (error) {
      // Who stopped meanwhile and began anew hears another stream, which has done nothing wrong.
      if (user.stream === stream) this.unlisten(userId, listener);
      throw error;
    }
  }

  unlisten(userId: string, listener: Listener): void {
    const { hub } = this.#options;
    const user = hub.user(userId);
    if (user === undefined || !user.listeners.delete(listener) || user.listeners.size > 0) return;
    user.stream?.close();
    user.stream = undefined;
    for (const stream of [...user.conversations]) stream.leave(user);
    hub.release(user);
  }

  /** Everything that was dispatched may be incomplete: every user here is read anew and asked to `resync`. */
  distrustAll(): void {
    for (const stream of [...this.#options.hub.conversations()]) stream.repair();
    for (const user of [...this.#options.hub.users()]) user.stream?.repair();
  }

  /**
   * Several listeners of one user wait for the same reading. Who stops and begins anew, over and over, waits for the reading of
   * before: one at a time, or they alone would keep the line full.
   */
  #load(user: LocalUser, stream: UserStream): Promise<void> {
    const last = this.#loading.get(user.id);
    if (last?.stream === stream) return last.done;
    const begin = async () => {
      // Nobody listens to this one any more.
      if (user.stream === stream) stream.begin(await this.#read(user, stream));
    };
    const loading = { stream, done: last === undefined ? begin() : last.done.then(begin, begin) };
    this.#loading.set(user.id, loading);
    const forget = () => {
      if (this.#loading.get(user.id) === loading) this.#loading.delete(user.id);
    };
    loading.done.then(forget, forget);
    return loading.done;
  }

  /** Reads the conversations and makes the hub agree with them. Answers the user's change of that moment. */
  async #read(user: LocalUser, stream: UserStream): Promise<number> {
    const { value: cursors, meanwhile } = await stream.whileReading(() => this.#inLine(() => this.#options.listCursors(user.id)));
    if (user.stream !== stream) return cursors.userChange;
    // What was told meanwhile is newer here, too.
    user.hidesReading = meanwhile.hidesReading ?? cursors.hidesReading ?? false;
    const named = new Set<string>();
    for (const { id, change, visible } of cursors.conversations) {
      named.add(id);
      // What was told meanwhile of who joined is newer than what was read.
      if (visible !== undefined && !meanwhile.joined.has(id)) stream.see(id, visible);
      const removedAt = meanwhile.removed.get(id);
      if (removedAt === undefined || removedAt <= change) this.#demandConversation(id, change).join(user, change);
    }
    for (const conversation of [...user.conversations]) {
      if (!named.has(conversation.id) && !meanwhile.joined.has(conversation.id)) conversation.leave(user);
    }
    return cursors.userChange;
  }

  async #inLine<T>(work: () => Promise<T>): Promise<T> {
    if (this.#loads >= loadsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#loads++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place passes on without becoming free in between.
      if (next === undefined) this.#loads--;
      else next();
    }
  }

  #makeUserStream(user: LocalUser): UserStream {
    const stream: UserStream = new UserStream({
      user,
      reload: async () => {
        const change = await this.#read(user, stream);
        this.#options.missedUserChange(user.id);
        return change;
      },
      joined: (_, conversationId, at) => this.#joined(user, stream, conversationId, at),
      moved: (moved) => this.#options.positions.userMoved(moved),
      log: this.#options.log,
      ...(this.#options.holdMs === undefined ? {} : { holdMs: this.#options.holdMs }),
    });
    return stream;
  }

  #joined(user: LocalUser, stream: UserStream, conversationId: string, at: number): void {
    const conversation = this.#demandConversation(conversationId, at);
    if (conversation.members.has(user)) return;
    if (conversation.cursor > at) {
      // The stream is past that moment already: whether they are still in, only the database knows.
      this.#read(user, stream).then(
        () => {
          // What was handed on before they were let in here they lack: a note says how far they should be.
          const note = new Item({ type: 'positions', conversations: [{ id: conversationId, change: conversation.cursor }] });
          // Who is out again already was never told of that, and how far others have come since is not for them.
          stream.send(user.conversations.has(conversation) ? note : new Item({ type: 'resync' }));
        },
        (error: unknown) => {
          this.#options.log.warn({ error }, 'memberships could not be read anew');
          stream.repair();
        },
      );
      return;
    }
    conversation.join(user, at);
  }

  #demandConversation(id: string, cursor: number): ConversationStream {
    const { hub, positions, readEvents, log, holdMs } = this.#options;
    const known = hub.conversation(id);
    if (known !== undefined) return known;
    const stream = new ConversationStream({
      id,
      cursor,
      readEvents,
      moved: (moved) => positions.conversationMoved(moved),
      removed: (userId, from, at) => this.#removed(userId, from, at),
      overrun: (over) => {
        // Some of them may have been removed in what was not read. The reading lets in again who still belongs.
        for (const user of [...over.members]) {
          over.leave(user);
          user.stream?.repair();
        }
      },
      emptied: (empty) => hub.leaveConversation(empty),
      log,
      ...(holdMs === undefined ? {} : { holdMs }),
    });
    hub.enterConversation(stream);
    return stream;
  }

  #removed(userId: string, conversation: ConversationStream, at: number): void {
    const user = this.#options.hub.user(userId);
    if (user === undefined) return;
    user.stream?.noteRemoved(conversation.id, at);
    conversation.leave(user);
  }
}
