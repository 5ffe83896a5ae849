import { accessSync, constants, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findBinaries } from './binaries.ts';
import { database, type Places, placesIn, prepareCluster, readOr, user } from './cluster.ts';
import { lockFolder } from './folder-lock.ts';
import { exitOf, type Launched, launch } from './launch.ts';
import { OperatorError } from './operator-error.ts';
import { clearLeftovers, runningPostmaster, stopPostmaster } from './postmaster-file.ts';
import { chooseRunAs } from './run-as.ts';

export interface EmbeddedPostgresOptions {
  /** Folder of this PostgreSQL alone: cluster, password, log. Made when missing. */
  dataDir: string;
  /** Takes the port of the last run when it is free, else any free one. */
  port?: number;
  /** Hears what takes time, a sentence each. */
  log?: (line: string) => void;
  /** Settings of postgresql.conf beside our own. */
  settings?: Record<string, string | number>;
  /** False gives up safety against a crash of the machine for speed. Only for tests that are not about it. */
  durable?: boolean;
}

export interface EmbeddedPostgres {
  /** A postgres:// address with the password in it. */
  url: string;
  port: number;
  /** The postmaster's process number. */
  pid: number;
  /** Resolves when PostgreSQL is gone, wanted or not. */
  exited: Promise<void>;
  /** Ends open connections, writes everything out and frees the folder. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL of our own on a folder, as root or as an ordinary user, and answers when it takes connections. What an
 * earlier run left behind, down to a running PostgreSQL without a parent, is cleared first. It lives in a process group of its
 * own, so that Ctrl-C in a terminal does not reach it before the server has closed.
 * Throws OperatorError: no binaries for this platform, folder in use by a living process, not writable, or broken.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const log = options.log ?? (() => {});
  const binaries = await findBinaries();
  const dataDir = prepareFolder(resolve(options.dataDir));
  const places = placesIn(dataDir);
  const lock = lockFolder(places.lock);
  if (lock === null) {
    const owner = Number.parseInt(readOr(places.lock, ''), 10);
    throw new OperatorError(
      `The data folder ${dataDir} is in use by another running Nexo (process ${owner}). Stop that one first, or set DATA_DIR to another folder.`,
    );
  }
  try {
    const runAs = chooseRunAs(binaries, dataDir);
    await clearLeftovers(places.cluster, log);
    prepareCluster(places, binaries, runAs, options.durable ?? true);
    const launched = await launch(places, binaries, runAs, { ...options, log });
    writeFileSync(places.port, String(launched.port));
    return handleOf(launched, places, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The address of the PostgreSQL that another process of ours runs on this folder now; null when none does. */
export function runningPostgresUrl(dataDir: string): string | null {
  const places = placesIn(resolve(dataDir));
  const postmaster = runningPostmaster(places.cluster);
  return postmaster?.ready ? urlOf(places, postmaster.port) : null;
}

function prepareFolder(dataDir: string): string {
  try {
    makeFolder(dataDir);
    accessSync(dataDir, constants.W_OK);
    return realpathSync(dataDir);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error;
    throw new OperatorError(
      `The data folder ${dataDir} cannot be written (${reason}). Make it writable, or set DATA_DIR to another folder.`,
    );
  }
}

/** Level by level: below a folder that refuses with ENOENT, as those of /proc do, Node's recursive way never comes to an end. */
function makeFolder(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) throw Object.assign(new Error(`${path} is a file`), { code: 'it is a file' });
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Another start may have been quicker.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

function handleOf({ child, pid, port }: Launched, places: Places, lock: { release(): void }): EmbeddedPostgres {
  const exited = exitOf(child).then(() => lock.release());
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) await stopPostmaster(pid);
    await exited;
  };
  return { url: urlOf(places, port), port, pid, exited, stop };
}

function urlOf(places: Places, port: number): string {
  return `postgres://${user}:${readFileSync(places.password, 'utf8').trim()}@127.0.0.1:${port}/${database}`;
}
