import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { identityOf } from './processes.ts';

/**
 * Takes a folder for this process until `release` is called or the process dies. Answers null when a living process has it.
 * The lock is a file with the owner's identity that appears whole (by a link, which is atomic), so that a crash leaves
 * nothing to clear away by hand.
 */
export function lockFolder(path: string): { release(): void } | null {
  const own = identityOf(process.pid) ?? String(process.pid);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o644 });
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      try {
        linkSync(draft, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const owner = read(path);
      if (owner === null) continue;
      if (identityOf(Number.parseInt(owner, 10)) === owner) return null;
      removeStale(path, owner);
    }
    return null;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Two starters may find the same stale lock: who moves away the other's fresh one puts it back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== stale) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
