import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second (USER_HZ, fixed for programs). */
const ticksPerSecond = 100;

/** CPU seconds that a process has used so far; of a postmaster, its children and those that ended included. */
export function cpuSeconds(pid: number, withChildren = false): number {
  const own = stat(pid);
  if (own === null) return 0;
  let ticks = own.ticks;
  if (withChildren) {
    ticks += own.endedChildrenTicks;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const child = stat(Number(name));
      if (child !== null && child.parent === pid) ticks += child.ticks;
    }
  }
  return ticks / ticksPerSecond;
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (pages * 4096) / 2 ** 20;
  } catch {
    return 0;
  }
}

/** Binds a process with all its threads to one core; children that it starts later follow. */
export function pinToCore(pid: number, core: number): void {
  const { status } = spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
  if (status !== 0) throw new Error('--pin needs the program taskset (util-linux).');
}

function stat(pid: number): { parent: number; ticks: number; endedChildrenTicks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name in parentheses, may itself contain spaces and parentheses.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    return {
      parent: fields[1] ?? 0,
      ticks: (fields[11] ?? 0) + (fields[12] ?? 0),
      endedChildrenTicks: (fields[13] ?? 0) + (fields[14] ?? 0),
    };
  } catch {
    return null;
  }
}

/** Anonymous memory of a process and its children, in MiB: what they do not share. */
export function privateMiB(pid: number): number {
  const pids = readdirSync('/proc').filter(
    (name) => /^\d+$/.test(name) && (Number(name) === pid || stat(Number(name))?.parent === pid),
  );
  return pids.reduce((sum, name) => sum + anonymousKiB(name), 0) / 1024;
}

function anonymousKiB(pid: string): number {
  try {
    return Number(/^Pss_Anon:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
