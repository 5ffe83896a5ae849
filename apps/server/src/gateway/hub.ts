import type { Session } from '@nexo/api';
import type { CloseName } from '@nexo/shared';
import { limits } from '@nexo/shared';
import type { Item } from './batch.ts';
import type { ConversationStream } from './conversation-stream.ts';
import type { UserStream } from './user-stream.ts';

/** Where items for one live subscriber go. */
export interface Listener {
  enqueue(item: Item): void;
}

/** One authenticated connection, listening or not. */
export interface Connection {
  readonly session: Session;
  /** Has missed a ping: probably nobody is there any more. */
  readonly suspect: boolean;
  close(name: CloseName): void;
}

/** A user as far as this node is concerned. */
export interface LocalUser {
  readonly id: string;
  readonly connections: Set<Connection>;
  readonly listeners: Set<Listener>;
  readonly conversations: Set<ConversationStream>;
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
  readonly #appStates = new Map<string, AppState>();
  readonly #revoked = new Map<string, CloseName>();

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
    return undefined;
  }

  remove(connection: Connection): void {
    const user = this.#users.get(connection.session.userId);
    if (user === undefined) return;
    user.connections.delete(connection);
    if (![...user.connections].some((other) => other.session.id === connection.session.id)) {
      this.#appStates.delete(connection.session.id);
    }
    this.release(user);
  }

  /** The entry of a user, made if need be; `release` it when it may be empty. */
  demand(userId: string): LocalUser {
    let user = this.#users.get(userId);
    if (user === undefined) {
      user = { id: userId, connections: new Set(), listeners: new Set(), conversations: new Set(), stream: undefined };
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
  }

  isRevoked(sessionId: string): boolean {
    return this.#revoked.has(sessionId);
  }

  connections(): Connection[] {
    return [...this.#users.values()].flatMap((user) => [...user.connections]);
  }

  /** Heeded of a session that is connected here, and kept as long as it is. */
  setAppState({ id, userId }: Session, state: AppState): void {
    const connections = this.#users.get(userId)?.connections ?? [];
    if ([...connections].some((connection) => connection.session.id === id)) this.#appStates.set(id, state);
  }

  /** Whether a person looks at a session; a connected one that has not said so counts as looked at. */
  appState(sessionId: string): AppState {
    return this.#appStates.get(sessionId) ?? 'foreground';
  }
}
