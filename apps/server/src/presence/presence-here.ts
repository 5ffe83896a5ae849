import type { Clock, HeldSession, PresenceStore } from '@nexo/api';
import { limits } from '@nexo/shared';
import type { Hub } from '../gateway/hub.ts';
import type { LastSeen } from './last-seen.ts';

export interface PresenceHereOptions {
  hub: Pick<Hub, 'user' | 'appState' | 'isRevoked'>;
  store: PresenceStore;
  lastSeen: LastSeen;
  clock: Clock;
  /** How long a session without a connection still counts as there. */
  graceMs?: number;
}

/** `foreground` is as it is told, which follows a look elsewhere after a moment only. */
interface Kept extends HeldSession {
  /** Since when (epoch ms) they have looked elsewhere, while that is not told yet. */
  backgroundAt: number | undefined;
  /** Since when (epoch ms) nobody is connected; undefined while somebody is. */
  goneAt: number | undefined;
}

interface KeptUser {
  sessions: Map<string, Kept>;
  /** What the store was told last. */
  told: string;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Who is connected to this node, as it is told to all nodes. A session whose connections are gone counts for a while as it was, so
 * that a network that flaps, a reload and a move to another node are not noticed by anybody.
 *
 *   looked at ──elsewhere for awayMs──► away          (back: at once)
 *       └────────────┴──no connection──► as it was ──graceMs, or signed out──► gone
 *                         ▲──a connection──┘
 */
export class PresenceHere {
  readonly #options: PresenceHereOptions;
  readonly #graceMs: number;
  readonly #awayMs: number;
  readonly #users = new Map<string, KeptUser>();
  #closed = false;

  constructor(options: PresenceHereOptions) {
    this.#options = options;
    this.#graceMs = options.graceMs ?? limits.presenceGraceMs;
    this.#awayMs = Math.min(limits.presenceAwayMs, this.#graceMs);
  }

  /** Something about a user's connections is different: looks, and tells the store when it matters. */
  look(userId: string): void {
    if (this.#closed) return;
    const now = this.#options.clock.now();
    let user = this.#users.get(userId);
    if (user === undefined) {
      user = { sessions: new Map(), told: '[]', timer: undefined };
      this.#users.set(userId, user);
    }
    this.#takeStock(userId, user, now);
    const lastSeenAt = this.#dropGone(user, now);
    this.#tell(userId, user, lastSeenAt);
    this.#arm(userId, user, now);
    if (user.sessions.size === 0) this.#users.delete(userId);
  }

  /** Stops. What is held stays in the store, for a moment longer than this node lives. */
  close(): void {
    this.#closed = true;
    for (const user of this.#users.values()) {
      clearTimeout(user.timer);
      for (const { sessionId, goneAt } of user.sessions.values()) {
        this.#options.lastSeen.note(sessionId, goneAt ?? this.#options.clock.now());
      }
    }
    this.#users.clear();
  }

  /** Brings the sessions up to what the hub says. */
  #takeStock(userId: string, { sessions }: KeptUser, now: number): void {
    const { hub } = this.#options;
    const here = new Map<string, HeldSession>();
    /** Of the sessions with a connection that does not answer, how long ago one of them was last heard of. */
    const silent = new Map<string, number>();
    for (const connection of hub.user(userId)?.connections ?? []) {
      const { id, platform } = connection.session;
      if (connection.silentMs > 0) {
        silent.set(id, Math.min(silent.get(id) ?? Number.POSITIVE_INFINITY, connection.silentMs));
        continue;
      }
      const foreground = hub.appState(connection) === 'foreground' || here.get(id)?.foreground === true;
      here.set(id, { sessionId: id, platform, foreground });
    }
    for (const kept of sessions.values()) {
      if (here.has(kept.sessionId)) continue;
      kept.goneAt ??= now - (silent.get(kept.sessionId) ?? 0);
      kept.backgroundAt = undefined;
    }
    for (const session of here.values()) {
      sessions.set(session.sessionId, this.#kept(session, sessions.get(session.sessionId), now));
    }
  }

  #kept(session: HeldSession, before: Kept | undefined, now: number): Kept {
    const goesAway = !session.foreground && before?.foreground === true;
    const backgroundAt = goesAway ? (before.backgroundAt ?? now) : undefined;
    if (backgroundAt === undefined || now - backgroundAt >= this.#awayMs) {
      return { ...session, backgroundAt: undefined, goneAt: undefined };
    }
    return { ...session, foreground: true, backgroundAt, goneAt: undefined };
  }

  /** Forgets who has been gone for long enough, or has signed out. Answers when the last of them went. */
  #dropGone({ sessions }: KeptUser, now: number): number | undefined {
    let lastSeenAt: number | undefined;
    for (const { sessionId, goneAt } of [...sessions.values()]) {
      if (goneAt === undefined) continue;
      if (now - goneAt < this.#graceMs && !this.#options.hub.isRevoked(sessionId)) continue;
      sessions.delete(sessionId);
      this.#options.lastSeen.note(sessionId, goneAt);
      lastSeenAt = Math.max(lastSeenAt ?? 0, goneAt);
    }
    return lastSeenAt;
  }

  #tell(userId: string, user: KeptUser, lastSeenAt: number | undefined): void {
    const held = [...user.sessions.values()].map(
      ({ sessionId, platform, foreground }): HeldSession => ({ sessionId, platform, foreground }),
    );
    const told = JSON.stringify(held);
    if (told === user.told) return;
    user.told = told;
    this.#options.store.hold(userId, held, held.length === 0 ? lastSeenAt : undefined);
  }

  /** Looks again when the next session has been gone, or looked elsewhere, for long enough. */
  #arm(userId: string, user: KeptUser, now: number): void {
    clearTimeout(user.timer);
    user.timer = undefined;
    let dueAt = Number.POSITIVE_INFINITY;
    for (const { goneAt, backgroundAt } of user.sessions.values()) {
      if (goneAt !== undefined) dueAt = Math.min(dueAt, goneAt + this.#graceMs);
      if (backgroundAt !== undefined) dueAt = Math.min(dueAt, backgroundAt + this.#awayMs);
    }
    if (dueAt === Number.POSITIVE_INFINITY) return;
    user.timer = setTimeout(() => this.look(userId), Math.max(1, dueAt - now));
    user.timer.unref();
  }
}
