// Makes a clone ready to run: packages installed as the lockfile says, bundles built from the sources as they are now.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say, step } from './progress.mjs';

const outputs = [
  'apps/server/dist/main.js',
  'apps/server/dist/supervisor.js',

  'apps/web/.next/BUILD_ID',
];
const sourceFolders = ['packages', 'apps/server', 'apps/web'];
const sourceFiles = ['package.json', 'package-lock.json', 'tsconfig.base.json', 'turbo.json'];
const notSources = /^(node_modules|dist|\.next|\.turbo|test|e2e|.*\.test\.tsx?|next-env\.d\.ts|.*\.tsbuildinfo)$/;

/** A problem whose message is for the person who starts. */
export class PrepareError extends Error {}

/** Installs and builds what is missing or out of date; takes some hundredths of a second when nothing is. */
export async function prepare(root, { build }) {
  const stampOf = () => `${process.version} ${fingerprint(root)}`;
  const isBuilt = () => stampIn(root, 'build') === stampOf() && outputs.every((file) => existsSync(join(root, file)));
  const isReady = () => isInstalled(root) && (!build || isBuilt());
  if (isReady()) return;
  const release = await takeTurn(root);
  try {
    if (!isInstalled(root)) {
      await step('Installing packages (the first time, and when they change)', () =>
        run(root, npmCommand(), ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci'),
      );
      stamp(root, 'install', lockfileHash(root));
    }
    if (build && !isBuilt()) {
      const sources = stampOf();
      const turbo = join(root, 'node_modules/turbo/bin/turbo');
      const args = [turbo, 'run', 'build', '--output-logs=errors-only', '--filter=@nexo/server', '--filter=@nexo/web'];
      await step('Building the server and the web chat', () => run(root, [process.execPath], args, 'npm run build'));
      stamp(root, 'build', sources);
    }
  } finally {
    release();
  }
}

/**
 * Whether npm has installed this very lockfile for us, or, when somebody else installed, whether every package of the lockfile
 * lies in node_modules in its version (those for other platforms may be missing).
 */
function isInstalled(root) {
  if (stampIn(root, 'install') === lockfileHash(root)) return true;
  const wanted = readOr(join(root, 'package-lock.json'));
  const present = readOr(join(root, 'node_modules/.package-lock.json'));
  if (wanted === null) throw new PrepareError('package-lock.json is missing. Restore it: git checkout package-lock.json');
  if (present === null) return false;
  const installed = JSON.parse(present).packages;
  return Object.entries(JSON.parse(wanted).packages).every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/') || link) return true;
    return installed[path] === undefined ? optional === true : installed[path].version === version;
  });
}

function lockfileHash(root) {
  return createHash('sha256')
    .update(readOr(join(root, 'package-lock.json')) ?? '')
    .digest('hex');
}

/** What was done last, kept in node_modules so that it goes with what it vouches for. */
function stampIn(root, name) {
  return readOr(join(root, 'node_modules/.cache/nexo', name));
}

function stamp(root, name, value) {
  const folder = join(root, 'node_modules/.cache/nexo');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), value);
}

/** Changes when any source changes. By size and time: what it guards only asks turbo, which compares contents. */
function fingerprint(root) {
  const hash = createHash('sha256');
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
    else for (const name of readdirSync(join(root, path)).sort()) if (!notSources.test(name)) visit(`${path}/${name}`);
  };
  for (const path of [...sourceFiles, ...sourceFolders]) visit(path);
  return hash.digest('hex');
}

/** Two starts at once must not install or build over each other. A turn ends with its process, however that ends. */
async function takeTurn(root) {
  const file = join(root, '.turbo/preparing');
  mkdirSync(dirname(file), { recursive: true });
  for (let waiting = false; ; waiting = true) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw new PrepareError(`The project's folder ${root} cannot be written (${error.code}).`);
    }
    const owner = Number(readOr(file));
    if (owner > 0 && !isAlive(owner)) rmSync(file, { force: true });
    else if (!waiting) say(`Waiting for another start in this folder (process ${owner}), which installs and builds`);
    await delay(100);
  }
}

/** Runs a command quietly; when it fails, its last lines are part of the error. Stops with us. */
function run(root, [program, ...first], args, byHand) {
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32';
    const child = spawn(program, [...first, ...args], {
      cwd: root,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', TURBO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: windows && program.endsWith('.cmd'),
      // A group of its own, so that whatever it has started can be stopped with it.
      detached: !windows,
    });
    let output = '';
    const keep = (text) => {
      output = (output + text).slice(-8_000);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const interrupt = () => {
      try {
        if (windows) child.kill();
        else process.kill(-child.pid, 'SIGTERM');
      } catch {}
      child.once('exit', () => process.exit(130));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
    const settle = (problem) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(signal, interrupt);
      if (problem === null) resolve();
      else
        reject(new PrepareError(`${output.trim()}\n\n"${byHand}" failed (${problem}). What it said is above; try it by hand.`));
    };
    child.once('error', (error) => settle(error.message));
    child.once('close', (code, signal) => settle(code === 0 ? null : (signal ?? `exit code ${code}`)));
  });
}

/** The npm that runs us, or the one beside node. */
function npmCommand() {
  const path = process.env.npm_execpath;
  if (path !== undefined && /npm-cli\.c?js$/.test(path)) return [process.execPath, path];
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm'];
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function readOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
