import {
  appRouter,
  createLanes,
  LocalBus,
  LocalPresence,
  laneSettings,
  makePasswords,
  makeRateLimits,
  makeSessionCache,
  makeTypingReach,
  type Services,
  type Session,
  Turns,
} from '@nexo/api';
import { createDb, createPinnedConnection, type Db } from '@nexo/db';
import { OperatorError } from '@nexo/db/embedded';
import { AppError, defaultMessageRules, type ErrorCode, newId } from '@nexo/shared';
import { TRPCError } from '@trpc/server';

export type Caller = ReturnType<typeof appRouter.createCaller>;

/** The API without a gateway, on a clock that can be set: what is done through it was done at that time. */
export interface Actors extends AsyncDisposable {
  db: Db;
  setTime(epochMs: number): void;
  /** Calls procedures as this person, who is made when there is no such account. Throws OperatorError for somebody else's account. */
  actor(person: { id: string; name: string; bio: string }, password: string): Promise<Caller>;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function createActors(databaseUrl: string): Actors {
  let now = Date.now();
  const clock = { now: () => now };
  const db = createDb({ url: databaseUrl, name: 'nexo-seed', statementTimeoutMs: 60_000 });
  const lane = createPinnedConnection({ url: databaseUrl, name: 'nexo-seed-lane', settings: laneSettings });
  const bus = new LocalBus(quiet);
  const sessionCache = makeSessionCache(bus, clock);
  const typingReach = makeTypingReach(db, clock, bus);
  const lanes = createLanes({ connections: [lane], bus, clock, newId });
  const services: Services = {
    db,
    lanes,
    bus,
    clock,
    newId: () => newId(now),
    log: quiet,
    // One process that hashes twenty passwords in a row is no attack.
    rateLimits: makeRateLimits({ factor: 1_000_000 }),
    passwords: makePasswords({ queueMaxMs: 60_000 }),
    sessionCache,
    turns: new Turns(),
    streams: { async *open() {}, setAppState: () => {}, watchPresence: async () => [], isMember: () => false },
    presence: new LocalPresence({ clock, log: quiet, settleMs: 0 }),
    typingReach,
    // The sessions of whoever tries the world out by hand stay as they are.
    settings: {
      ...{ registrationOpen: true, secureCookies: false, multiLogin: 'none', messageRules: defaultMessageRules },
      newAccounts: { messagesFrom: 'everyone', contactRequestsFrom: 'everyone' },
    },
    unstarted: new Set(),
    customKinds: new Map(),
  };
  const callerOf = (session: Session | null) =>
    appRouter.createCaller({ ...services, session, address: '127.0.0.1', cookies: null });
  const sessions: Caller[] = [];

  return {
    db,
    setTime(epochMs) {
      now = epochMs;
    },
    async actor({ id, name, bio }, password) {
      const { session, isNew } = await enter(callerOf(null), id, name, password);
      const caller = callerOf({ id: session.id, userId: id, platform: 'server', transport: 'token' });
      sessions.push(caller);
      if (isNew) await caller.users.update({ bio });
      return caller;
    },
    async [Symbol.asyncDispose]() {
      for (const caller of sessions) await caller.auth.logout();
      await lanes.close();
      sessionCache.close();
      typingReach.close();
      await bus.close();
      await lane.close();
      await db.close();
    },
  };
}

async function enter(nobody: Caller, userId: string, displayName: string, password: string) {
  const login = { userId, password, platform: 'server', deviceName: 'Seed' } as const;
  try {
    return { ...(await nobody.auth.register({ ...login, displayName })), isNew: true };
  } catch (error) {
    if (codeOf(error) !== 'USER_ID_TAKEN') throw error;
  }
  try {
    return { ...(await nobody.auth.login(login)), isNew: false };
  } catch (error) {
    if (codeOf(error) !== 'WRONG_CREDENTIALS') throw error;
    throw new OperatorError(
      `There is a user ${userId} already who was not seeded (or has changed the password). Seed an empty database: set DATA_DIR to a new folder.`,
    );
  }
}

function codeOf(error: unknown): ErrorCode | null {
  if (error instanceof TRPCError) return codeOf(error.cause);
  return error instanceof AppError ? error.code : null;
}
