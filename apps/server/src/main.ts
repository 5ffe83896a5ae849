import { readConfig } from './env.ts';
import { startServer } from './server.ts';
import { makeLog } from './telemetry/log.ts';

/** The whole stop takes at most this long; who started the process cuts it off a little later. */
const stopMaxMs = 7_000;

const config = readConfig();
const log = makeLog(config.logLevel);

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
  settings: { registrationOpen: config.registrationOpen, secureCookies: config.secureCookies, multiLogin: config.multiLogin },
  timing: { presenceGraceMs: config.presenceGraceMs },
  log,
});
log.debug({ url: server.url }, 'listening');
process.send?.({ ready: true });

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.exit(1), stopMaxMs).unref();
  server.close().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ error }, 'stopping failed');
      process.exit(1);
    },
  );
}
process.on('SIGTERM', stop);
process.on('disconnect', stop);
