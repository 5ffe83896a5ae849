// Whoever started us through npm stops npm, and npm's shell does not pass a signal on: it just dies. So we look.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const lookEveryMs = 500;

/** Makes the end of the npm that runs this process, or of the shell between, the same as SIGTERM. */
export function stopWithLauncher() {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const launchers = npmAbove(process.ppid);
  const timer = setInterval(() => {
    if (launchers.every(isAlive)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, lookEveryMs);
  timer.unref();
}

/** The processes from our parent up to npm; none when npm is not found where it should be. */
function npmAbove(parent) {
  if (/\bnpm\b/.test(ask(parent, 'args'))) return [parent];
  const above = Number(ask(parent, 'ppid'));
  return /\bnpm\b/.test(ask(above, 'args')) ? [parent, above] : [];
}

function ask(pid, what) {
  try {
    if (what === 'args') return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) \S /, '')
      .split(' ')[0];
  } catch {
    return spawnSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
