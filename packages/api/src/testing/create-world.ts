import { createPinnedConnection } from '@nexo/db';
import { createTestDatabase, type TestDatabase } from '@nexo/db/testing';
import { defaultMessageRules, newId, type RegisterInput, type Scope, scopes } from '@nexo/shared';
import { authenticate } from '../auth/authenticate.ts';
import { makePasswords } from '../auth/passwords.ts';
import { makeSessionCache } from '../auth/session-cache.ts';
import { authenticateKey } from '../backend/authenticate-key.ts';
import { createKey } from '../backend/keys.ts';
import type { BusMessage } from '../bus.ts';
import type { ApiKey, CookieJar, EventStreams, Log, RequestContext, Services, Session, Settings } from '../context.ts';
import { LocalBus } from '../local-bus.ts';
import { createLanes, laneSettings } from '../messages/lanes.ts';
import { makeTypingReach } from '../messages/typing-reach.ts';
import { readPresenceFor } from '../presence/get-presence.ts';
import { LocalPresence } from '../presence/local-presence.ts';
import { makeRateLimits } from '../rate-limits.ts';
import { appRouter } from '../router.ts';
import { Turns } from '../turns.ts';
import { TurnableClock } from './turnable-clock.ts';

export type Caller = ReturnType<typeof appRouter.createCaller>;

/** Somebody who registered and is logged in. */
export interface WorldUser {
  id: string;
  password: string;
  session: Session;
  accessToken: string;
  refreshToken: string;
  /** Calls procedures as this session. */
  caller: Caller;
}

export interface CreateWorldOptions {
  settings?: Partial<Settings>;
  /** Multiplies the rate limits; by default there are practically none. */
  rateLimitFactor?: number;
  /** An empty, migrated database that goes with the world; by default one of the run's PostgreSQL. */
  database?: TestDatabase;
  /** Replaces parts of the bag. */
  services?: Partial<Services>;
}

/** Everything that the API needs, real but for the clock and the gateway: an empty database, lanes, a bus, limits. */
export interface World extends AsyncDisposable {
  services: Services;
  /** Of its own database, for further nodes and for faults. */
  databaseUrl: string;
  clock: TurnableClock;
  /** Everything the bus carried, in order. */
  heard: BusMessage[];
  /** Everything logged at warning or above. */
  logged: { level: 'warn' | 'error'; fields: object; message: string }[];
  /** What `presence.setAppState` told the gateway. */
  appStates: { sessionId: string; state: 'foreground' | 'background' }[];
  /** Registers a user; the name shown is the id with a capital. */
  user(id: string, input?: Partial<RegisterInput>): Promise<WorldUser>;
  /** Calls procedures without a session, or with whatever is given. */
  caller(context?: {
    session?: Session | null;
    apiKey?: ApiKey | undefined;
    address?: string;
    cookies?: CookieJar | null;
  }): Caller;
  /** The caller as the server makes it of an access token: without a session when the token is not good. */
  callerWith(accessToken: string): Promise<Caller>;
  /** The caller as a customer's server with a key that has these scopes; by default all. */
  backend(scopes?: readonly Scope[]): Promise<Caller>;
}

const password = 'correct horse battery';

/** Makes a world of its own for a test: `await using world = await createWorld()`. */
export async function createWorld(options: CreateWorldOptions = {}): Promise<World> {
  const database = options.database ?? (await createTestDatabase());
  const connections = [1, 2].map(() => createPinnedConnection({ url: database.url, name: 'test-lane', settings: laneSettings }));
  const clock = new TurnableClock();
  const heard: World['heard'] = [];
  const logged: World['logged'] = [];
  const appStates: World['appStates'] = [];

  const log: Log = {
    debug: () => {},
    info: () => {},
    warn: (fields, message) => logged.push({ level: 'warn', fields, message }),
    error: (fields, message) => logged.push({ level: 'error', fields, message }),
  };
  const streams: EventStreams = {
    /** Says that the client has to ask, which is always true, and ends. */
    async *open() {
      yield [{ type: 'resync' }];
    },
    setAppState: (session, state) => appStates.push({ sessionId: session.id, state }),
    watchPresence: (session, userIds) => readPresenceFor(services, session.userId, userIds),
    isMember: () => false,
  };
  const bus = new LocalBus(log);
  bus.subscribe((messages) => heard.push(...messages));
  const lanes = createLanes({ connections, bus, clock, newId });

  const services: Services = {
    db: database.db,
    lanes,
    bus,
    clock,
    newId,
    log,
    rateLimits: makeRateLimits({ factor: options.rateLimitFactor ?? 1_000_000, clock }),
    // Test files run side by side on few cores: waiting longer beats failing.
    passwords: makePasswords({ queueMaxMs: 30_000 }),
    sessionCache: makeSessionCache(bus, clock),
    turns: new Turns(),
    streams,
    presence: new LocalPresence({ clock, log, settleMs: 0 }),
    typingReach: makeTypingReach(database.db, clock, bus),
    unstarted: new Set(),
    settings: {
      ...{ registrationOpen: true, secureCookies: false, multiLogin: 'none' },
      newAccounts: { messagesFrom: 'everyone', contactRequestsFrom: 'everyone' },
      messageRules: defaultMessageRules,
      ...options.settings,
    },
    customKinds: new Map(),
    ...options.services,
  };

  const caller: World['caller'] = (context = {}) => {
    const request: RequestContext = { ...services, session: null, address: '127.0.0.1', cookies: null, ...context };
    return appRouter.createCaller(request);
  };

  return {
    services,
    databaseUrl: database.url,
    clock,
    heard,
    logged,
    appStates,
    caller,
    callerWith: async (accessToken) => caller({ session: await authenticate(services, accessToken) }),
    async backend(held = scopes) {
      const { key } = await createKey(services, { name: 'test', scopes: held });
      return caller({ apiKey: (await authenticateKey(services, key)) ?? undefined });
    },
    async user(id, input = {}) {
      const displayName = id.charAt(0).toUpperCase() + id.slice(1);
      const wanted: RegisterInput = { userId: id, displayName, password, platform: 'web', ...input };
      const { session, accessToken, refreshToken } = await caller().auth.register(wanted);
      if (accessToken === undefined || refreshToken === undefined) throw new Error('a world user needs token transport');
      const own: Session = { id: session.id, userId: id, platform: session.platform, transport: 'token' };
      return { id, password: wanted.password, session: own, accessToken, refreshToken, caller: caller({ session: own }) };
    },
    async [Symbol.asyncDispose]() {
      await lanes.close();
      services.sessionCache.close();
      services.typingReach.close();
      await bus.close();
      await Promise.all(connections.map((connection) => connection.close()));
      await database[Symbol.asyncDispose]();
    },
  };
}
