import { spawnSync } from 'node:child_process';
import { chownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { OperatorError } from './operator-error.ts';

/** How PostgreSQL is run: it refuses to run as root, and must find its own user in /etc/passwd. */
export interface RunAs {
  /** Wraps a program and its arguments. */
  command(program: string, args: readonly string[]): [string, string[]];
  /** To be given to spawn. */
  ids: { uid?: number; gid?: number };
  /** Makes files and folders belong to whom PostgreSQL runs as. */
  own(path: string): void;
}

const nobody = 65_534;

/**
 * An ordinary user runs it as themselves. For root, and for a number without a name (a container's `--user 12345`), `unshare -U`
 * starts it in a user namespace: there it sees itself as nobody, while for files it stays who it is, so no folder has to be
 * opened for others. It has lost root's power over foreign folders, though: in somebody's private folder root runs it as that
 * somebody. Where namespaces are forbidden, root falls back to the real user nobody.
 * Throws OperatorError when there is no way.
 */
export function chooseRunAs(binaries: { postgres: string }, dataDir: string): RunAs {
  const uid = process.getuid?.();
  if (uid === undefined) return { command: plainly, ids: {}, own: () => {} };
  const own = (path: string) => makeOwned(path, uid, process.getgid?.() ?? uid);
  if (uid !== 0 && hasName()) return { command: plainly, ids: {}, own };
  const closed = uid === 0 ? [...closedForOthers(dataDir), ...closedForOthers(dirname(binaries.postgres))] : [];
  const foreign = closed.find((folder) => folder.uid !== 0);
  if (foreign !== undefined) return asUser(foreign.uid, foreign.gid);
  if (spawnSync('unshare', ['-U', 'true'], { stdio: 'ignore' }).status === 0) {
    return { command: (program, args) => ['unshare', ['-U', program, ...args]], ids: {}, own };
  }
  if (uid !== 0) {
    throw new OperatorError(
      `PostgreSQL must know the name of its user, and user number ${uid} has none. Add a line for it to /etc/passwd, or run as a user with a name, or set DATABASE_URL.`,
    );
  }
  const [shut] = closed;
  if (shut === undefined) return asUser(nobody, nobody);
  throw new OperatorError(
    `PostgreSQL refuses to run as root, and the user nobody cannot enter ${shut.path}. Run as an ordinary user, or allow it: chmod o+x "${shut.path}".`,
  );
}

function plainly(program: string, args: readonly string[]): [string, string[]] {
  return [program, [...args]];
}

function asUser(uid: number, gid: number): RunAs {
  return { command: plainly, ids: { uid, gid }, own: (path) => makeOwned(path, uid, gid) };
}

function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

/** This folder and those above it, as far as only their owner may enter. */
function closedForOthers(path: string): { path: string; uid: number; gid: number }[] {
  const { mode, uid, gid } = statSync(path);
  const closed = (mode & 0o001) === 0 ? [{ path, uid, gid }] : [];
  return path === dirname(path) ? closed : [...closed, ...closedForOthers(dirname(path))];
}

/** Data that another user left here (root before, an ordinary user now, or the other way round). */
function makeOwned(path: string, uid: number, gid: number): void {
  if (statSync(path).uid === uid) return;
  if (process.getuid?.() !== 0) {
    throw new OperatorError(
      `${path} belongs to another user. Start as that user, or give it to you: sudo chown -R ${uid}:${gid} "${path}".`,
    );
  }
  giveAll(path, uid, gid);
}

function giveAll(path: string, uid: number, gid: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chownSync(path, uid, gid);
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveAll(join(path, name), uid, gid);
}
