import type { EventStreams, Session } from '@nexo/api';
import type { PresenceView } from '@nexo/shared';
import type { LivePresence } from '../presence/live-presence.ts';
import { EventStream } from './event-stream.ts';
import type { Connection, Hub } from './hub.ts';
import type { Memberships } from './memberships.ts';

interface LiveParts {
  hub: Hub;
  memberships: Memberships;
  presence: LivePresence;
}

/** What calls can do with the live half of the server. Those that come by a connection speak for it, others for all of their session. */
export class LiveStreams implements EventStreams {
  readonly #parts: LiveParts;
  readonly #connection: Connection | null;

  constructor(parts: LiveParts, connection: Connection | null) {
    this.#parts = parts;
    this.#connection = connection;
  }

  open(session: Session, signal: AbortSignal | undefined): EventStream {
    return new EventStream(session, this.#parts, signal);
  }

  setAppState(session: Session, state: 'foreground' | 'background'): void {
    for (const connection of this.#connectionsOf(session)) this.#parts.hub.setAppState(connection, state);
  }

  watchPresence(session: Session, userIds: readonly string[]): Promise<PresenceView[]> {
    return this.#parts.presence.watch(session.userId, this.#connectionsOf(session), userIds);
  }

  isMember(userId: string, conversationId: string): boolean {
    return this.#parts.hub.isMember(userId, conversationId);
  }

  #connectionsOf(session: Session): readonly Connection[] {
    return this.#connection === null ? this.#parts.hub.connectionsOf(session) : [this.#connection];
  }
}
