import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium } from '@playwright/test';

/** A Chromium to test with, and what it needs in its environment. */
export interface FoundChromium {
  executablePath: string;
  env: Record<string, string>;
}

const systemPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/**
 * Finds a Chromium: CHROMIUM_PATH, Playwright's own, one of the system, the one that came with the dependencies; else tries to
 * install one. Throws with what to do when none can be had.
 */
export async function findChromium(): Promise<FoundChromium> {
  const named = process.env.CHROMIUM_PATH;
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH is ${named}, and there is no such file.`);
    return plain(named);
  }
  const present = [chromium.executablePath(), ...systemPaths].find((path) => existsSync(path));
  if (present !== undefined) return plain(present);

  const packaged = await unpackChromium();
  if (packaged !== null) return packaged;

  spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'ignore', timeout: 180_000 });
  if (existsSync(chromium.executablePath())) return plain(chromium.executablePath());

  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    spawnSync('apt-get', ['update'], { stdio: 'ignore', timeout: 180_000 });
    spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], { stdio: 'ignore', timeout: 600_000 });
    if (existsSync('/usr/bin/chromium')) return plain('/usr/bin/chromium');
  }
  throw new Error('The browser tests need Chromium. Install it, or name one: CHROMIUM_PATH=/path/to/chromium npm test');
}

function plain(executablePath: string): FoundChromium {
  return { executablePath, env: {} };
}

/**
 * Unpacks the Chromium of @sparticuz/chromium into a folder of its version. (The package's own unpacking goes to one shared
 * folder of the machine and takes whatever lies there.) Null where the package is not installed or does not fit.
 */
async function unpackChromium(): Promise<FoundChromium | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const root = packageRoot('@sparticuz/chromium');
  if (root === null) return null;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'nexo-e2e', `chromium-${version}`);
  const found: FoundChromium = {
    executablePath: join(folder, 'chromium'),
    env: {
      LD_LIBRARY_PATH: [join(folder, 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(':'),
      ...(readdirSafe('/usr/share/fonts').length === 0 ? { FONTCONFIG_PATH: join(folder, 'fonts') } : {}),
    },
  };
  if (existsSync(found.executablePath)) return found;

  // Several runs may unpack at once: each into a folder of its own, then one rename.
  const unpacking = `${folder}.${process.pid}`;
  mkdirSync(unpacking, { recursive: true });
  const browser = join(unpacking, 'chromium');
  await decompress(join(root, 'bin', 'chromium.br'), browser);
  chmodSync(browser, 0o755);
  for (const archive of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']) {
    const tar = join(unpacking, archive.replace('.br', ''));
    await decompress(join(root, 'bin', archive), tar);
    const { status } = spawnSync('tar', ['-xf', tar, '-C', unpacking]);
    if (status !== 0) throw new Error(`${archive} of @sparticuz/chromium could not be unpacked with tar.`);
    rmSync(tar);
  }
  try {
    renameSync(unpacking, folder);
  } catch {
    // Another run was faster.
    rmSync(unpacking, { recursive: true, force: true });
  }
  return found;
}

function packageRoot(name: string): string | null {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const folder = paths.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')));
  return folder ?? null;
}

async function decompress(from: string, to: string): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

function readdirSafe(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
