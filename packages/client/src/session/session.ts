import { type AuthResult, limits, type MyUserView } from '@nexo/shared';
import { failureOf } from '../transport/failure.ts';
import type { RememberedSession, Runtime, SessionMemory } from '../types/options.ts';
import type { ConnectionState } from '../types/store.ts';

/** A token is renewed when this part of its life is over, so that none runs out on the way. */
const renewAfter = 0.8;

export type SignedOutReason = Extract<ConnectionState, { name: 'signedOut' }>['reason'];

/** Thrown where there is no session (any more). */
export class SignedOut extends Error {
  readonly reason: SignedOutReason;
  constructor(reason: SignedOutReason) {
    super(`Signed out: ${reason}`);
    this.name = 'SignedOut';
    this.reason = reason;
  }
}

export interface SessionOptions {
  transport: 'token' | 'cookie';
  memory: SessionMemory;
  runtime: Runtime;
  callRefresh(refreshToken: string | undefined): Promise<AuthResult>;
}

/** The session of this client: who it is, and tokens that are always fresh. */
export interface Session {
  readonly userId: string | null;
  /** Undefined with cookies and when signed out. */
  readonly accessToken: string | undefined;
  /** Takes up what a login, a registration or a refresh has answered. */
  accept(result: AuthResult): Promise<void>;
  /** What the last visit left; null when nothing did. */
  recall(): Promise<RememberedSession | null>;
  /** Renews the access token if it is due; throws {@link SignedOut} when refused, the network's error when there is no answer. */
  ensureFresh(): Promise<void>;
  /** Renews now; calls at the same time share one request. Throws as {@link ensureFresh}. */
  refresh(): Promise<MyUserView>;
  forget(): Promise<void>;
  /** The session is over, but whose it was still matters here: the next visit finds none. */
  end(): Promise<void>;
}

export function makeSession(options: SessionOptions): Session {
  const { runtime, memory, transport } = options;
  let remembered: RememberedSession | null = null;
  let accessToken: string | undefined;
  /** By the device's own clock, from the moment of the answer: a wrong clock changes nothing. */
  let renewAt = 0;
  let refreshing: Promise<MyUserView> | null = null;

  const session: Session = {
    get userId() {
      return remembered?.userId ?? null;
    },
    get accessToken() {
      return accessToken;
    },

    async accept(result) {
      accessToken = result.accessToken;
      renewAt = runtime.now() + limits.accessTokenMs * renewAfter;
      remembered = { userId: result.user.id };
      if (transport === 'token' && result.refreshToken !== undefined) remembered.refreshToken = result.refreshToken;
      await memory.save(remembered);
    },

    async recall() {
      remembered ??= await memory.load();
      return remembered;
    },

    async ensureFresh() {
      // Cookies belong to the browser: were somebody else logged in by another tab, this one would go on as that person.
      const latest = await memory.load();
      if (remembered !== null && latest !== null && latest.userId !== remembered.userId) throw new SignedOut('replaced');
      const elapsed = renewAt - runtime.now();
      // A clock that was set back would make a token look young for ever.
      const isFresh = elapsed > 0 && elapsed <= limits.accessTokenMs * renewAfter;
      if (!isFresh) await session.refresh();
    },

    refresh() {
      refreshing ??= renew().finally(() => {
        refreshing = null;
      });
      return refreshing;
    },

    async forget() {
      remembered = null;
      accessToken = undefined;
      renewAt = 0;
      await memory.save(null);
    },

    async end() {
      accessToken = undefined;
      renewAt = 0;
      const latest = await memory.load();
      if (latest !== null && latest.userId === remembered?.userId) await memory.save(null);
    },
  };

  async function renew(): Promise<MyUserView> {
    const before = remembered;
    if (before === null) throw new SignedOut('expired');
    try {
      const result = await options.callRefresh(before.refreshToken);
      if (remembered !== before) throw new SignedOut('logout');
      if (result.user.id !== before.userId) throw new SignedOut('replaced');
      await session.accept(result);
      return result.user;
    } catch (error) {
      if (error instanceof SignedOut) throw error;
      const failure = failureOf(error);
      if (failure.kind === 'refused' && failure.code === 'SESSION_REVOKED') throw new SignedOut('revoked');
      if (failure.kind === 'refused' && failure.code === 'SESSION_REPLACED') throw new SignedOut('replaced');
      if (failure.kind === 'refused' && failure.code === 'UNAUTHENTICATED') throw new SignedOut('expired');
      throw error;
    }
  }

  return session;
}

/** Remembers until the process ends. */
export function sessionInMemory(): SessionMemory {
  let kept: RememberedSession | null = null;
  return {
    load: async () => kept,
    save: async (session) => {
      kept = session;
    },
  };
}

/** Remembers who was here, not the secret: that is in a cookie which no script can read. */
export function sessionInLocalStorage(key = 'nexo.session'): SessionMemory {
  return {
    async load() {
      try {
        const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null');
        const isOurs = typeof kept === 'object' && kept !== null && 'userId' in kept && typeof kept.userId === 'string';
        return isOurs ? (kept as RememberedSession) : null;
      } catch {
        // Storage may be forbidden here; then every visit begins with the login page.
        return null;
      }
    },
    async save(session) {
      try {
        if (session === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(session));
      } catch {
        // As above.
      }
    },
  };
}
