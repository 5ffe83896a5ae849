import type { Session } from '@nexo/api';
import type { CloseName } from '@nexo/shared';
import { limits } from '@nexo/shared';
import type { Item } from './batch.ts';
import type { ConversationStream } from './conversation-stream.ts';
import type { UserStream } from './user-stream.ts';
import type { Visible } from './visible.ts';

/** Where items for one live subscriber go. */
export interface Listener {
  enqueue(item: Item): void;
}

/** One authenticated connection, listening or not: what is enqueued is heard by its live subscriptions. */
export interface Connection extends Listener {
  readonly session: Session;
  /** Has missed a ping: probably nobody is there any more. */
  readonly suspect: boolean;
  /** Milliseconds since the peer was last heard of, once it has left a ping unanswered for long; 0 otherwise. */
  readonly silentMs: number;
  close(name: CloseName): void;
}

/** A user as far as this node is concerned. */
export interface LocalUser {
  readonly id: string;
  readonly connections: Set<Connection>;
  readonly listeners: Set<Listener>;
  readonly conversations: Set<ConversationStream>;
  /** What they may read of conversations of which it is not everything, by id. */
  readonly visible: Map<string, Visible>;
  /** They hide what they have read, and so are not told what others have. */
  hidesReading: boolean;
  /** Present while somebody listens. */
  stream: UserStream | undefined;
}

export type AppState = 'foreground' | 'background';

/** Ends of sessions that are remembered for connections which were on their way in. */
const revocationsMax = 10_000;

/** Who is connected here, and to which conversations they belong. A plain register: it does no I/O and sends nothing. */
export class Hub {
  readonly #users = new Map<string, LocalUser>();
  readonly #conversations = new Map<string, ConversationStream>();
  readonly #appStates = new WeakMap<Connection, AppState>();
  readonly #revoked = new Map<string, CloseName>();
  readonly #changed: (userId: string) => void;

  /** `changed` hears of whose connections are others now, or are looked at otherwise. */
  constructor(changed: (userId: string) => void = () => {}) {
    this.#changed = changed;
  }

  user(id: string): LocalUser | undefined {
    return this.#users.get(id);
  }

  users(): Iterable<LocalUser> {
    return this.#users.values();
  }

  conversation(id: string): ConversationStream | undefined {
    return this.#conversations.get(id);
  }

  conversations(): Iterable<ConversationStream> {
    return this.#conversations.values();
  }

  /** Enters a connection. Answers why it may not stay, if so: its session is dead, or the user has too many. */
  add(connection: Connection): CloseName | undefined {
    const { session } = connection;
    const revoked = this.#revoked.get(session.id);
    if (revoked !== undefined) return revoked;
    const user = this.demand(session.userId);
    if (user.connections.size >= limits.connectionsMaxPerUser) {
      // The newest is refused, or else twenty-one tabs would push each other out for ever; but nobody waits for a dead one.
      const dead = [...user.connections].find((other) => other.suspect);
      if (dead === undefined) return 'TOO_MANY_CONNECTIONS';
      user.connections.delete(dead);
      dead.close('PING_TIMEOUT');
    }
    user.connections.add(connection);
    this.#changed(user.id);
    return undefined;
  }

  remove(connection: Connection): void {
    const user = this.#users.get(connection.session.userId);
    if (user === undefined) return;
    user.connections.delete(connection);
    this.#changed(user.id);
    this.release(user);
  }

  /** The entry of a user, made if need be; `release` it when it may be empty. */
  demand(userId: string): LocalUser {
    let user = this.#users.get(userId);
    if (user === undefined) {
      user = {
        id: userId,
        connections: new Set(),
        listeners: new Set(),
        conversations: new Set(),
        visible: new Map(),
        hidesReading: false,
        stream: undefined,
      };
      this.#users.set(userId, user);
    }
    return user;
  }

  release(user: LocalUser): void {
    if (user.connections.size === 0 && user.listeners.size === 0 && user.stream === undefined) this.#users.delete(user.id);
  }

  enterConversation(stream: ConversationStream): void {
    this.#conversations.set(stream.id, stream);
  }

  leaveConversation(stream: ConversationStream): void {
    this.#conversations.delete(stream.id);
  }

  /** Closes the connections of dead sessions, also of those that are only just coming in. */
  revoke(userId: string, sessionIds: readonly string[], close: CloseName): void {
    for (const id of sessionIds) {
      this.#revoked.set(id, close);
      for (const oldest of this.#revoked.keys()) {
        if (this.#revoked.size <= revocationsMax) break;
        this.#revoked.delete(oldest);
      }
    }
    const dead = new Set(sessionIds);
    for (const connection of [...(this.#users.get(userId)?.connections ?? [])]) {
      if (dead.has(connection.session.id)) connection.close(close);
    }
    // One of them may have no connection at the moment, and still count as there.
    this.#changed(userId);
  }

  isRevoked(sessionId: string): boolean {
    return this.#revoked.has(sessionId);
  }

  /** Whether the connection is still entered. */
  has(connection: Connection): boolean {
    return this.#users.get(connection.session.userId)?.connections.has(connection) === true;
  }

  connections(): Connection[] {
    return [...this.#users.values()].flatMap((user) => [...user.connections]);
  }

  /** The connections of a session here. */
  connectionsOf({ id, userId }: Session): Connection[] {
    return [...(this.#users.get(userId)?.connections ?? [])].filter((connection) => connection.session.id === id);
  }

  /** Each tab of a browser is a connection, and all of them are one session: it is looked at while any of them is. */
  setAppState(connection: Connection, state: AppState): void {
    this.#appStates.set(connection, state);
    this.#changed(connection.session.userId);
  }

  /** Whether a person looks at a connection; one that has not said so counts as looked at. */
  appState(connection: Connection): AppState {
    return this.#appStates.get(connection) ?? 'foreground';
  }

  /** Whether the user is a member, as far as this node knows from who listens here. */
  isMember(userId: string, conversationId: string): boolean {
    const user = this.#users.get(userId);
    return user !== undefined && this.#conversations.get(conversationId)?.members.has(user) === true;
  }
}
