import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OperatorError } from './operator-error.ts';
import { commandLineOf, isAlive, waitUntilGone } from './processes.ts';

/** What PostgreSQL writes into its `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/** Reads the file of a cluster; null when there is none (or it is being written). */
export function readPostmaster(cluster: string): Postmaster | null {
  try {
    const lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return null;
    return { pid, port, ready: lines[7]?.trim() === 'ready' };
  } catch {
    return null;
  }
}

/** The PostgreSQL that runs on this cluster right now, whoever started it. */
export function runningPostmaster(cluster: string): Postmaster | null {
  const postmaster = readPostmaster(cluster);
  if (postmaster === null || !isAlive(postmaster.pid)) return null;
  const commandLine = commandLineOf(postmaster.pid);
  return commandLine.includes('postgres') && commandLine.includes(realpathSync(cluster)) ? postmaster : null;
}

/**
 * Clears what a killed supervisor or a power cut left: a PostgreSQL without a parent is stopped (it keeps everything it has
 * committed), and a file whose number now belongs to a foreign process is removed, since PostgreSQL itself would refuse to start.
 */
export async function clearLeftovers(cluster: string, log: (line: string) => void): Promise<void> {
  const orphan = runningPostmaster(cluster);
  if (orphan !== null) {
    log('Stopping the PostgreSQL that an earlier run left behind');
    await stopPostmaster(orphan.pid);
  } else {
    rmSync(join(cluster, 'postmaster.pid'), { force: true });
  }
}

/** Asks for a fast shutdown (open transactions are rolled back), then insists. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, timeoutMs] of [
    ['SIGINT', 20_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    if (await waitUntilGone(pid, timeoutMs)) return;
  }
  throw new OperatorError(`The PostgreSQL with process number ${pid} does not stop. Stop it by hand: kill -9 ${pid}.`);
}
