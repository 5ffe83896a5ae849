import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type Config, readConfig } from '../env.ts';
import { keepEmbeddedPostgres, prepareDatabase } from './database.ts';
import { keepChild } from './kept-child.ts';
import { logTo } from './log-lines.ts';
import { findFreePort, requirePort } from './ports.ts';
import { serverSources, watchSources } from './watch-sources.ts';

export interface SupervisorOptions {
  /** The project's folder. */
  root: string;
  mode: 'production' | 'development';
  env: NodeJS.ProcessEnv;
  /** Shows a step and how long it takes. */
  step<T>(label: string, work: () => Promise<T>): Promise<T>;
  /** Shows a sentence. */
  log(line: string): void;
}

/** Ends one part. With `graceMs` 0 it does not wait for goodbyes; may be called again with less grace. */
type Stop = (graceMs: number) => Promise<void>;

/** What the server needs to say goodbye to its clients and to finish what it has taken. */
const stopGraceMs = 8_000;

/**
 * Starts everything (PostgreSQL, server, web chat), keeps it running, and answers when SIGINT, SIGTERM or SIGHUP has stopped
 * all of it. A second SIGINT does not wait for goodbyes. Throws OperatorError, with nothing left running, when it cannot start.
 */
export async function supervise(options: SupervisorOptions): Promise<void> {
  const parts: Stop[] = [];
  const stopping = new AbortController();
  const asked = once(stopping.signal, 'abort');
  const onSignal = (signal: NodeJS.Signals) => {
    if (!stopping.signal.aborted) {
      options.log('Stopping');
      stopping.abort();
      // Whoever ends a whole session sends more than one kind of signal: only a repeated Ctrl-C is impatience.
    } else if (signal === 'SIGINT') for (const stop of parts) void stop(0);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const starting = start(options, parts, stopping.signal);
  try {
    await Promise.race([starting, asked]);
    await asked;
  } finally {
    stopping.abort();
    for (const stop of parts.toReversed()) await stop(stopGraceMs);
    // A start that was stopped half-way adds no part after this one.
    await starting.catch(() => {});
    for (const stop of parts.toReversed()) await stop(0);
    for (const signal of signals) process.off(signal, onSignal);
  }
}

async function start(options: SupervisorOptions, parts: Stop[], stopping: AbortSignal): Promise<void> {
  const { root, step, log } = options;
  const config = readConfig(options.env);
  if (config.redisUrl !== null) {
    log('REDIS_URL is set, but this version has no Redis bus: servers find each other’s messages through PostgreSQL instead');
  }
  const label = config.databaseUrl === null ? 'Starting PostgreSQL' : 'Looking for the database of DATABASE_URL';
  const databaseUrl = await step(label, () => openDatabase(config, options, parts));
  stopping.throwIfAborted();
  await requirePort(config.port, config.host);
  await step('Preparing the database', () => prepareDatabase(databaseUrl, root));
  stopping.throwIfAborted();
  await step('Starting the server and the web chat', () => startChildren(options, databaseUrl, parts, stopping));
  log(`Nexo is ready: ${config.publicOrigins[0]}`);
}

async function openDatabase(config: Config, options: SupervisorOptions, parts: Stop[]): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl;
  const postgres = await keepEmbeddedPostgres(resolve(options.root, config.dataDir), options.log);
  parts.push(postgres.stop);
  return postgres.url;
}

async function startChildren(
  options: SupervisorOptions,
  databaseUrl: string,
  parts: Stop[],
  stopping: AbortSignal,
): Promise<void> {
  const { root, mode, log } = options;
  const webPort = await findFreePort();
  stopping.throwIfAborted();
  const env = { ...options.env, NODE_ENV: mode, DATABASE_URL: databaseUrl, NEXO_WEB_PORT: String(webPort) };
  const development = mode === 'development';
  const server = keepChild({
    name: 'the server',
    log,
    launch: () =>
      development
        ? forkQuietly(join(root, 'apps/server/src/main.ts'), ['--import', 'tsx'], root, env)
        : forkQuietly(join(root, 'apps/server/dist/main.js'), ['--enable-source-maps'], root, env),
  });
  const web = keepChild({
    name: 'the web chat',
    log,
    // Built, it has nothing to say but errors.
    launch: () => forkQuietly(join(root, 'apps/web/run.mjs'), [], join(root, 'apps/web'), env, { silent: !development }),
  });
  const unwatch = development
    ? watchSources(serverSources(root), () => {
        log('Sources changed: the server is started again');
        server.renew();
      })
    : () => {};
  parts.push(async (graceMs) => {
    unwatch();
    await Promise.all([server.stop(graceMs), web.stop(graceMs)]);
  });
  await Promise.all([server.ready, web.ready]);
}

function forkQuietly(
  script: string,
  execArgv: string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  { silent = false } = {},
): ChildProcess {
  const child = fork(script, { cwd, env, execArgv, stdio: ['ignore', silent ? 'ignore' : 'pipe', 'pipe', 'ipc'] });
  logTo(process.stdout, child.stdout);
  logTo(process.stderr, child.stderr);
  return child;
}
