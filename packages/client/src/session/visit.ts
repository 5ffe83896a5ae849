import type { AuthResult, MyUserView } from '@nexo/shared';
import { withProfile } from '../reducer/me.ts';
import { emptyState } from '../reducer/state.ts';
import type { KeptState } from '../storage/keep-state.ts';
import type { StorageMaker } from '../storage/storage.ts';
import type { StateHolder } from '../store/state-holder.ts';
import type { Connection } from '../transport/connection.ts';
import type { Runtime } from '../types/options.ts';
import type { ConnectionState } from '../types/store.ts';
import { type Session, SignedOut } from './session.ts';

/** The server is asked to end the session at most this long before one is simply signed out here. */
const logoutMaxMs = 3_000;

export interface VisitOptions {
  session: Session;
  connection: Connection;
  holder: StateHolder;
  kept: KeptState;
  runtime: Runtime;
  makeStorage: StorageMaker;
  callLogout(): Promise<unknown>;
  /** Everything beside the state that belongs to the person before. */
  forgetPerson(): void;
}

/** Coming and going: whose client this is, from logging in to logging out. */
export interface Visit {
  /** Goes on as the person of this answer. */
  begin(result: AuthResult): Promise<AuthResult>;
  /** Takes up the session of the last visit; null when there is none. Calls at the same time share one. */
  restore(): Promise<MyUserView | null>;
  logout(): Promise<void>;
  /** Connects; after a pause, what is stored is taken up again first. */
  resume(): Promise<void>;
  /** Lets go of the storage; what is stored stays. */
  pause(): Promise<void>;
  /** Resolves once live; rejects when signed out or stopped first. */
  live(): Promise<void>;
}

export function makeVisit(options: VisitOptions): Visit {
  const { session, connection, holder, kept, runtime } = options;
  let restoring: Promise<MyUserView | null> | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** Coming and going one after the other: two at once would mix the storage of two people. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  /** Makes this client that person's, with what is stored of them. */
  async function become(userId: string): Promise<void> {
    if (kept.userId() === userId) return;
    await kept.close();
    forget();
    await kept.open(userId, options.makeStorage);
    // Before the first snapshot: what is told meanwhile may be of one's own doing.
    holder.commit({ ...holder.get(), myId: userId });
  }

  function forget(): void {
    options.forgetPerson();
    holder.commit(emptyState);
  }

  function live(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const state: ConnectionState = connection.state.get();
        if (state.name === 'live') resolve();
        else if (state.name === 'signedOut') reject(new SignedOut(state.reason));
        else if (state.name === 'stopped') reject(new Error('The client was stopped.'));
        else return;
        stopListening();
      };
      const stopListening = connection.state.subscribe(look);
      look();
    });
  }

  async function takeUp(): Promise<MyUserView | null> {
    const remembered = await session.recall();
    if (remembered === null) return null;
    const stored = await inTurn(async () => {
      await become(remembered.userId);
      connection.start();
      return holder.get().me;
    });
    // What is stored can be shown at once; the connection finds out whether the session still holds.
    if (stored !== null) return stored;
    try {
      await live();
    } catch (error) {
      if (error instanceof SignedOut) return null;
      throw error;
    }
    return holder.get().me;
  }

  return {
    live,

    resume: () =>
      inTurn(async () => {
        if (session.userId !== null) await become(session.userId);
        connection.start();
      }),

    pause: () => inTurn(() => kept.close()),

    begin: (result) =>
      inTurn(async () => {
        connection.stop();
        await session.accept(result);
        await become(result.user.id);
        holder.commit(withProfile(holder.get(), result.user));
        connection.start();
        return result;
      }),

    restore() {
      restoring ??= takeUp().finally(() => {
        restoring = null;
      });
      return restoring;
    },

    async logout() {
      let timer: unknown;
      const timeIsUp = new Promise<void>((resolve) => {
        timer = runtime.setTimeout(resolve, logoutMaxMs);
      });
      // Without the server the session here ends all the same.
      await Promise.race([options.callLogout().catch(() => {}), timeIsUp]);
      runtime.clearTimeout(timer);
      await inTurn(async () => {
        connection.signOut('logout');
        try {
          await session.forget();
        } finally {
          await kept.forget();
          forget();
        }
      });
    },
  };
}
