import cluster from 'node:cluster';
import { loadCustomKinds } from './custom-kinds.ts';
import { readConfig } from './env.ts';
import { startServer } from './server.ts';
import { makeLog } from './telemetry/log.ts';

/** The whole stop takes at most this long; who started the process cuts it off a little later. */
const stopMaxMs = 7_000;
/** The same when its clients are given time to move to other servers. */
const leaveMaxMs = 45_000;

const config = readConfig();
const log = makeLog(config.logLevel, config.node);

// Ctrl-C reaches the whole group of processes; the one that started us tells us when it is our turn.
process.on('SIGINT', () => {});
process.on('unhandledRejection', (error) => log.error({ error }, 'a promise failed and nobody listened'));

if (config.databaseUrl === null) throw new Error('DATABASE_URL must be set: the supervisor starts the embedded database');

const server = await startServer({
  databaseUrl: config.databaseUrl,
  port: config.port,
  host: config.host,
  origins: config.publicOrigins,
  trustedProxies: config.trustedProxies,
  webPort: config.webPort,
  webSockets: config.development,
  redisUrl: config.redisUrl,
  node: config.node,
  nodesHere: config.nodes,
  settings: {
    registrationOpen: config.registrationOpen,
    secureCookies: config.secureCookies,
    multiLogin: config.multiLogin,
    groupMaxMembers: config.groupMaxMembers,
    messageRules: config.messageRules,
    sessionsMaxPerUser: config.sessionsMaxPerUser,
    sessionMaxMs: config.sessionMaxMs,
    newAccounts: { messagesFrom: config.messagesFrom, contactRequestsFrom: config.contactRequestsFrom },
  },
  customKinds: config.customKinds === null ? [] : await loadCustomKinds(config.customKinds),
  rateLimitFactor: config.rateLimitFactor,
  timing: { presenceGraceMs: config.presenceGraceMs },
  log,
});
log.debug({ url: server.url }, 'listening');
if (config.redisUrl === null) {
  const isOneOfSeveral = config.nodes > 1 || config.node !== null;
  log[isOneOfSeveral ? 'info' : 'debug']({}, 'without REDIS_URL: what other nodes commit is found in the database');
}
process.send?.({ ready: true });

let endsAtMs = Number.POSITIVE_INFINITY;
let end: NodeJS.Timeout | undefined;
/** May be called again: who leaves in peace and is told to stop meanwhile must be gone before it is cut off. */
function stop(maxMs: number, { toOthers = false } = {}): void {
  if (performance.now() + maxMs >= endsAtMs) return;
  endsAtMs = performance.now() + maxMs;
  clearTimeout(end);
  end = setTimeout(() => process.exit(1), maxMs).unref();
  server.close({ toOthers }).then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ error }, 'stopping failed');
      process.exit(1);
    },
  );
}
process.on('SIGTERM', () => stop(stopMaxMs));
process.on('disconnect', () => stop(stopMaxMs));
process.on('message', (message) => {
  if (typeof message === 'object' && message !== null && 'leave' in message) stop(leaveMaxMs, { toOthers: true });
});
// Node would end a process that shares a port at once when its parent is gone: we say goodbye first.
if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
