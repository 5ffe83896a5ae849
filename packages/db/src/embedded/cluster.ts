import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { OperatorError } from './operator-error.ts';
import type { RunAs } from './run-as.ts';

export const user = 'nexo';
export const database = 'nexo';
const majorVersion = '18';

/** Where everything of one embedded PostgreSQL lies. */
export function placesIn(dataDir: string) {
  return {
    cluster: join(dataDir, 'cluster'),
    password: join(dataDir, 'password'),
    port: join(dataDir, 'port'),
    logFile: join(dataDir, 'postgres.log'),
    lock: join(dataDir, 'owner'),
  };
}

export type Places = ReturnType<typeof placesIn>;

/** Makes the cluster on the first start; later only looks whether it can be ours. Throws OperatorError when it cannot. */
export function prepareCluster(places: Places, binaries: Binaries, runAs: RunAs, durable: boolean): void {
  if (!existsSync(places.cluster)) createCluster(places, binaries, runAs, durable);
  const version = readOr(join(places.cluster, 'PG_VERSION'), '').trim();
  if (!/^\d+$/.test(version) || !existsSync(places.password)) throw brokenFolder(places);
  if (version !== majorVersion) {
    throw new OperatorError(
      `The data in ${places.cluster} is of PostgreSQL ${version}, and this is PostgreSQL ${majorVersion}. Dump it with the old version, move the folder away, and restore.`,
    );
  }
  runAs.own(places.cluster);
}

/** Says what to do about a folder that PostgreSQL cannot use. */
export function brokenFolder(places: Places, reason?: string): OperatorError {
  const why = reason === undefined ? '' : ` (${reason})`;
  return new OperatorError(
    `The database in ${places.cluster} is broken${why}. Put a backup in its place, or move the folder away to begin with an empty one.`,
  );
}

/** Built beside its place and renamed when whole, so that an interrupted first start leaves nothing half made. */
function createCluster(places: Places, binaries: Binaries, runAs: RunAs, durable: boolean): void {
  const draft = `${places.cluster}.new`;
  const passwordFile = `${places.password}.new`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  runAs.own(draft);
  runAs.own(passwordFile);
  const initdb = ['-D', draft, '-U', user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', ...locale()];
  run(runAs, binaries.initdb, durable ? initdb : [...initdb, '--no-sync'], '');
  const single = ['--single', '-D', draft, '-c', 'log_min_messages=fatal', 'template1'];
  run(runAs, binaries.postgres, single, `CREATE DATABASE ${database};\n`);
  rmSync(passwordFile);
  writeFileSync(places.password, password, { mode: 0o600 });
  renameSync(draft, places.cluster);
}

/**
 * Sorting and letter case come from PostgreSQL's built-in Unicode tables, the same on every system. LC_CTYPE must still be
 * a UTF-8 one: with plain C, pg_trgm takes no letter beyond ASCII for a letter, and names in other scripts are not found.
 */
function locale(): string[] {
  const builtin = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  if (process.platform === 'linux') return [...builtin, '--locale=C.UTF-8'];
  if (process.platform === 'darwin') return [...builtin, '--locale=C', '--lc-ctype=en_US.UTF-8'];
  return [...builtin, '--locale=C'];
}

function run(runAs: RunAs, program: string, args: readonly string[], input: string): void {
  const result = spawnSync(...runAs.command(program, args), { ...runAs.ids, input, encoding: 'utf8', env: postgresEnv() });
  if (result.status === 0) return;
  const reason = result.error?.message ?? lastLine(result.stderr || result.stdout);
  throw new OperatorError(`The embedded PostgreSQL could not make its database: ${reason}`);
}

/** Nothing of the caller's environment: PGDATA, PGPORT or a strange locale would change what happens. */
export function postgresEnv(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TMPDIR } = process.env;
  return { PATH, ...(SystemRoot && { SystemRoot }), ...(TMPDIR && { TMPDIR }) };
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('initdb: removing'))
      .at(-1) ?? 'no reason given'
  );
}

export function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return otherwise;
  }
}
