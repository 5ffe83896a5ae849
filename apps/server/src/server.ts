import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import {
  type Bus,
  createLanes,
  endOwnClocks,
  expireMessages,
  type Log,
  laneSettings,
  makeClockLook,
  makePasswords,
  makeRateLimits,
  makeSessionCache,
  makeTypingReach,
  type PresenceStore,
  planSettings,
  type Services,
  type Settings,
  Turns,
  tellOfWrongPasswords,
} from '@nexo/api';
import { createDb, createPinnedConnection, type Db } from '@nexo/db';
import { type CustomKind, defaultMessageRules, limits } from '@nexo/shared';
import { openBetweenNodes } from './between-nodes.ts';
import { DoorbellTail } from './bus/doorbell-tail.ts';
import type { RedisBusTiming } from './bus/redis-bus.ts';
import { ClientAddress } from './client-address.ts';
import type { GatewayTiming } from './gateway/connection.ts';
import { createGateway, type Gateway, refuseUpgrade } from './gateway/gateway.ts';
import { createHttpListener, isApiPath, pathOf } from './http.ts';
import { makeNewId } from './ids.ts';
import { every } from './jobs/every.ts';
import { pruneContactRequests } from './jobs/prune-contact-requests.ts';
import { pruneDoorbells } from './jobs/prune-doorbells.ts';
import { shareAnswer } from './share-answer.ts';
import { logCounters, makeCounters } from './telemetry/counters.ts';
import { makeLog } from './telemetry/log.ts';
import { createWebProxy } from './web-proxy.ts';

export interface ServerOptions {
  /** A migrated database. */
  databaseUrl: string;
  /** 0 takes any free port. */
  port: number;
  host?: string;
  /** Exact origins that browsers may come from. Default: the server's own address on localhost. */
  origins?: readonly string[];
  trustedProxies?: readonly string[];
  /** The web chat's internal port; null: none. */
  webPort?: number | null;
  /** Lets the web chat have sockets too, which only its development server wants. Nobody bounds them. */
  webSockets?: boolean;
  /** What it is called among several, told in the header Nexo-Node. */
  node?: string | null;
  /** Servers on this machine, which share its cores. */
  nodesHere?: number;
  settings?: Partial<Settings>;
  /** Kinds of content of one's own. */
  customKinds?: readonly CustomKind[];
  log?: Log;
  /** Redis for several nodes; null or absent: others on the same database are found through the doorbells alone. */
  redisUrl?: string | null;
  /** Takes the place of either bus. */
  bus?: Bus;
  /** Default: the presence of this process alone. */
  presence?: PresenceStore;
  /** Multiplies the rate limits. */
  rateLimitFactor?: number;
  /** Over how long clients are sent away when it stops, at most. */
  drainWindowMs?: number;
  timing?: GatewayTiming & {
    tailEveryMs?: number;
    graceMs?: number;
    /** What a request, or a handshake, may take to say what it wants. */
    headersMaxMs?: number;
    sessionsRecheckEveryMs?: number;
    bus?: RedisBusTiming;
  };
}

export interface NexoServer {
  url: string;
  port: number;
  services: Services;
  gateway: Gateway;
  /**
   * Stops taking work, sends the clients away, answers what was taken, and closes everything. `toOthers`: other servers go on, so
   * the clients get the time that it takes to move there. May be called again: without `toOthers` it cuts that time short.
   */
  close(how?: { toOthers?: boolean }): Promise<void>;
}

const pruneEveryMs = 60_000;
const pruneRequestsEveryMs = 60 * 60_000;
const countersEveryMs = 60_000;
const tellOfWrongPasswordsEveryMs = 60_000;
const drainWindowMaxMs = 1_500;
/** What sending one client away may add to the window, so that few clients are not kept waiting. */
const drainMsPerConnection = 5;
/** The same for clients that move to other servers: these have to take them in, and nobody waits for us to be gone. */
const moveWindowMaxMs = 30_000;
/** What the last one that was asked may need to be there. */
const moveMaxMs = 5_000;

/** Anybody may ask whether the server is ready, as often as they like: the database is asked this often at most. */
const readyKeptMs = 250;

/** Whoever is slow to say what they want is hung up on; who has asked may keep the line longer than usual proxies do. */
const httpLimits = { maxHeaderSize: 16 * 1024, requestTimeout: 30_000, keepAliveTimeout: 65_000 };
const headersMaxMs = 10_000;
/** Node looks for who is slow only so often; left alone, every half minute. */
const lookForSlowEveryMs = 1_000;

/** Puts the server together and starts it. Redis may be away; throws when the database does not answer or the port is taken. */
export async function startServer(options: ServerOptions): Promise<NexoServer> {
  const log = options.log ?? makeLog('info');
  // About two connections a core in all: more of them only make Postgres switch between them.
  const laneCount = Math.max(2, Math.min(8, Math.ceil(availableParallelism() / (options.nodesHere ?? 1))));
  const db = createDb({ url: options.databaseUrl, max: laneCount + 2, name: 'nexo', settings: planSettings });
  const namespace = await namespaceOf(db);
  const laneConnections = Array.from({ length: laneCount }, () =>
    createPinnedConnection({ url: options.databaseUrl, name: 'nexo-lane', settings: laneSettings }),
  );
  const tailDb = createDb({ url: options.databaseUrl, max: 1, name: 'nexo-tail' });
  const databases = [db, tailDb, ...laneConnections];

  const { timing = {}, redisUrl = null, node = null } = options;
  const isOneOfSeveral = (options.nodesHere ?? 1) > 1 || node !== null;
  const clock = { now: () => Date.now() };
  const newId = makeNewId();
  const shared = openBetweenNodes({
    ...{ redisUrl, namespace, isOneOfSeveral, clock, newId, log },
    ...{ bus: options.bus, presence: options.presence, busTiming: timing.bus },
    presenceGraceMs: timing.presenceGraceMs ?? limits.presenceGraceMs,
  });
  const { bus, presence } = shared;
  const lanes = createLanes({ connections: laneConnections, bus, clock, newId });
  const sessionCache = makeSessionCache(bus, clock);
  const counters = makeCounters();
  const headersTimeout = timing.headersMaxMs ?? headersMaxMs;
  const http = createServer({
    ...httpLimits,
    ...{ headersTimeout, connectionsCheckingInterval: Math.min(lookForSlowEveryMs, headersTimeout) },
  });
  const settings: Settings = {
    ...{ registrationOpen: true, secureCookies: false, multiLogin: 'none', messageRules: defaultMessageRules },
    newAccounts: { messagesFrom: 'everyone', contactRequestsFrom: 'everyone' },
    ...options.settings,
  };
  const typingReach = makeTypingReach(db, clock, bus);
  const parts: Omit<Services, 'streams'> = {
    db,
    lanes,
    bus,
    clock,
    newId,
    log,
    rateLimits: makeRateLimits({
      ...{ shared: shared.counters, isOneOfSeveral },
      ...(options.rateLimitFactor === undefined ? {} : { factor: options.rateLimitFactor }),
    }),
    passwords: makePasswords(),
    sessionCache,
    turns: new Turns(),
    presence,
    typingReach,
    unstarted: new Set(),
    settings,
    customKinds: new Map((options.customKinds ?? []).map((kind) => [kind.name, kind])),
  };
  // Filled once the port is known, before anybody is let in.
  const origins = new Set(options.origins);
  const gateway = createGateway({ services: parts, origins, counters, timing, node });
  const services: Services = { ...parts, streams: gateway.streams };
  const tail = new DoorbellTail({
    sql: tailDb.sql,
    isMissed: gateway.isMissed,
    repair: gateway.repair,
    lost: gateway.distrustAll,
    log,
    everyMs: () => timing.tailEveryMs ?? (bus.carries ? limits.doorbellTailEveryMs : limits.doorbellTailAloneEveryMs),
    ...(timing.graceMs === undefined ? {} : { graceMs: timing.graceMs }),
  });
  bus.onCarries(() => tail.hurry());

  let ready = false;
  const clientAddress = new ClientAddress(options.trustedProxies ?? []);
  const web = createWebProxy({ port: options.webPort ?? null, clientAddress, log });
  const isDatabaseThere = shareAnswer(readyKeptMs, () => db.sql`select 1`.then(isThere, isAway));
  const isReady = async () => ready && (await isDatabaseThere());
  http.on('request', createHttpListener({ services, origins, clientAddress, isReady, web: web.request, node }));
  http.on('upgrade', (req, socket, head) => {
    if (isApiPath(pathOf(req))) gateway.upgrade(req, socket, head, clientAddress.of(req));
    else if (options.webSockets) web.upgrade(req, socket, head);
    else refuseUpgrade(socket, 404, 'Nothing here');
  });

  const jobs = [
    every('prune-doorbells', pruneEveryMs, () => pruneDoorbells(tailDb.sql), log),
    every('prune-contact-requests', pruneRequestsEveryMs, () => pruneContactRequests(tailDb.sql), log),
    every(
      'recheck-sessions',
      timing.sessionsRecheckEveryMs ?? limits.sessionsRecheckEveryMs,
      () => gateway.recheckSessions(),
      log,
    ),
    every('expire-messages', limits.expireEveryMs, () => expireMessages(services), log),
    every('end-own-clocks', limits.expireEveryMs, () => endOwnClocks(services), log),
    every('start-clocks', limits.startClocksEveryMs, makeClockLook(services), log),
    every('tell-of-wrong-passwords', tellOfWrongPasswordsEveryMs, () => tellOfWrongPasswords(services), log),
    every('note-last-seen', limits.lastSeenEveryMs, () => gateway.noteLastSeen(), log),
  ];
  const stopCounters = logCounters(counters, log, countersEveryMs);

  async function release(): Promise<void> {
    stopCounters();
    for (const stop of jobs) await stop();
    await tail.stop();
    sessionCache.close();
    typingReach.close();
    await shared.close();
    web.close();
    await Promise.all(databases.map((database) => database.close()));
  }

  function sendAway(toOthers: boolean, hurry?: AbortSignal): Promise<void> {
    const windowMaxMs = options.drainWindowMs ?? (toOthers ? moveWindowMaxMs : drainWindowMaxMs);
    const windowMs = Math.min(windowMaxMs, gateway.connectionCount() * drainMsPerConnection);
    return gateway.sendAway(windowMs, toOthers ? moveMaxMs : 0, hurry);
  }

  async function shutDown(toOthers: boolean, hurry: AbortSignal): Promise<void> {
    ready = false;
    const served = new Promise<void>((resolve) => http.close(() => resolve()));
    if (toOthers) await sendAway(true, hurry);
    // Nobody is left, or those are asked whose turn had not come.
    if (!toOthers || hurry.aborted) await sendAway(false);
    await lanes.close();
    await gateway.close();
    web.close();
    await lastAnswers(http, served);
    await release();
  }

  try {
    await tail.start();
    await shared.settle();
    const port = await listen(http, options.port, options.host ?? '127.0.0.1');
    if (options.origins === undefined) for (const name of ['localhost', '127.0.0.1']) origins.add(`http://${name}:${port}`);
    ready = true;
    let closing: Promise<void> | undefined;
    const hurry = new AbortController();
    return {
      url: `http://${urlHost(options.host ?? '127.0.0.1')}:${port}`,
      port,
      services,
      gateway,
      close: ({ toOthers = false } = {}) => {
        if (!toOthers) hurry.abort();
        closing ??= shutDown(toOthers, hurry.signal);
        return closing;
      },
    };
  } catch (error) {
    await gateway.close();
    await release();
    throw error;
  }
}

/** What keeps this system’s names in Redis apart from those of others there: it changes when a backup is restored, as all else does. */
async function namespaceOf(db: Db): Promise<string> {
  try {
    const [row] = await db.sql<{ epoch: string }[]>`select epoch from system`;
    return row?.epoch ?? '';
  } catch (error) {
    await db.close();
    throw error;
  }
}

function listen(http: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, host, 1_024, () => {
      http.off('error', reject);
      resolve((http.address() as AddressInfo).port);
    });
  });
}

/** Lets requests that are under way be answered, for a moment, and hangs up. */
async function lastAnswers(http: Server, served: Promise<void>): Promise<void> {
  const sweep = setInterval(() => http.closeIdleConnections(), 10);
  let deadline: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    deadline = setTimeout(resolve, limits.closeMaxMs);
  });
  await Promise.race([served, late]);
  clearInterval(sweep);
  clearTimeout(deadline);
  http.closeAllConnections();
}

function urlHost(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

const isThere = () => true;
const isAway = () => false;
