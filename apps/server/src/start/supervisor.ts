import { type ChildProcess, fork } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { type Config, readConfig } from '../env.ts';
import { keepEmbeddedPostgres, prepareDatabase } from './database.ts';
import { keepChild } from './kept-child.ts';
import { logTo } from './log-lines.ts';
import { keepNodes } from './nodes.ts';
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

/** Replaces the servers one by one, without anybody noticing. */
const renewSignal = 'SIGUSR2';

/** What the server needs to say goodbye to its clients and to finish what it has taken. */
const stopGraceMs = 8_000;

/**
 * Starts everything (PostgreSQL, server, web chat), keeps it running, and answers when SIGINT, SIGTERM or SIGHUP has stopped
 * all of it. A second SIGINT does not wait for goodbyes; SIGUSR2 renews the servers. Throws OperatorError, with nothing left running, when it cannot start.
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
  // Before there is anything to renew it must not end us, as it would by itself.
  process.on(renewSignal, nothing);
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
    process.off(renewSignal, nothing);
  }
}

async function start(options: SupervisorOptions, parts: Stop[], stopping: AbortSignal): Promise<void> {
  const { root, step, log } = options;
  const config = readConfig(options.env);
  const label = config.databaseUrl === null ? 'Starting PostgreSQL' : 'Looking for the database of DATABASE_URL';
  const databaseUrl = await step(label, () => openDatabase(config, options, parts));
  stopping.throwIfAborted();
  await requirePort(config.port, config.host);
  await step('Preparing the database', () => prepareDatabase(databaseUrl, root));
  stopping.throwIfAborted();
  await step('Starting the server and the web chat', () => startChildren(options, config.nodes, databaseUrl, parts, stopping));
  if (options.mode === 'production' && config.nodes > 1) log(sayNodes(config));
  log(`Nexo is ready: ${config.publicOrigins[0]}`);
}

const nothing = () => {};

function sayNodes({ nodes, redisUrl }: Config): string {
  const shared = `${nodes} servers share the port (kill -USR2 ${process.pid} renews them one by one)`;
  return redisUrl === null
    ? `${shared}. Without REDIS_URL they find each other’s messages in the database, within about half a second`
    : `${shared} and hear each other through Redis`;
}

async function openDatabase(config: Config, options: SupervisorOptions, parts: Stop[]): Promise<string> {
  if (config.databaseUrl !== null) return config.databaseUrl;
  const postgres = await keepEmbeddedPostgres(resolve(options.root, config.dataDir), options.log);
  parts.push(postgres.stop);
  return postgres.url;
}

async function startChildren(
  options: SupervisorOptions,
  nodeCount: number,
  databaseUrl: string,
  parts: Stop[],
  stopping: AbortSignal,
): Promise<void> {
  const { root, mode, log } = options;
  const webPort = await findFreePort();
  stopping.throwIfAborted();
  const development = mode === 'development';
  // While developing, one is enough to look at.
  const count = development ? 1 : nodeCount;
  const own = { NODE_ENV: mode, DATABASE_URL: databaseUrl, NEXO_WEB_PORT: String(webPort), NODES: String(count) };
  const env = { ...options.env, ...own };
  const nodes = keepNodes({
    count,
    log,
    launch: (name) =>
      development
        ? forkQuietly(join(root, 'apps/server/src/main.ts'), ['--import', 'tsx'], root, env)
        : forkNode(join(root, 'apps/server/dist/main.js'), root, count === 1 ? env : { ...env, NEXO_NODE: name }),
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
        nodes.restart();
      })
    : () => {};
  const renew = () => void nodes.renew();
  process.on(renewSignal, renew);
  parts.push(async (graceMs) => {
    unwatch();
    await Promise.all([nodes.stop(graceMs), web.stop(graceMs)]);
    process.off(renewSignal, renew);
  });
  await Promise.all([nodes.ready, web.ready]);
}

/**
 * Starts a server that shares the public port with the others: this process accepts, and hands each connection to the next server
 * in turn, as it came. No hop is added, and servers see the true address of the caller.
 */
function forkNode(script: string, cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  cluster.setupPrimary({
    exec: script,
    args: [],
    execArgv: ['--enable-source-maps'],
    cwd,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { process: child } = cluster.fork(env);
  logTo(process.stdout, child.stdout);
  logTo(process.stderr, child.stderr);
  return child;
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
