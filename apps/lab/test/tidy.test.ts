import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

const generated = new Set(['node_modules', '.next', 'dist', '.turbo']);

function sourcesIn(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return generated.has(entry.name) ? [] : sourcesIn(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const files = ['packages', 'apps'].flatMap(sourcesIn);

interface Import {
  file: string;
  from: string;
  typeOnly: boolean;
}

const imports: Import[] = files.flatMap((file) =>
  [...read(file).matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/gm)].map((match) => ({
    file,
    from: match[2] ?? match[3] ?? '',
    typeOnly: match[1] !== undefined,
  })),
);

const isTest = (file: string) => /\.test\.tsx?$|\/(test|e2e|testing|examples)\//.test(file);

/** The arrows of the picture in ARCHITECTURE.md: a package may be built on these, and no others. */
const arrows: Record<string, { runtime: string[]; development: string[] }> = {
  'packages/shared': { runtime: [], development: [] },
  'packages/db': { runtime: ['@nexo/shared'], development: [] },
  'packages/api': { runtime: ['@nexo/db', '@nexo/shared'], development: [] },
  'packages/client': { runtime: ['@nexo/shared'], development: ['@nexo/api'] },
  'apps/server': { runtime: ['@nexo/api', '@nexo/db', '@nexo/shared'], development: ['@nexo/client', '@nexo/lab'] },
  'apps/web': { runtime: ['@nexo/client', '@nexo/shared'], development: ['@nexo/lab'] },
  'apps/lab': { runtime: ['@nexo/client', '@nexo/db', '@nexo/shared'], development: ['@nexo/api'] },
};

describe('packages point in one direction', () => {
  test.each(Object.entries(arrows))('%s is built on its arrows only', (folder, { runtime, development }) => {
    const manifest = JSON.parse(read(`${folder}/package.json`)) as Record<string, Record<string, string> | undefined>;
    const ours = (names: Record<string, string> | undefined) =>
      Object.keys(names ?? {}).filter((name) => name.startsWith('@nexo/'));
    expect(runtime).toEqual(expect.arrayContaining(ours(manifest.dependencies)));
    expect(development).toEqual(expect.arrayContaining(ours(manifest.devDependencies)));
    const allowed = new Set([...runtime, ...development]);
    const own = `@nexo/${folder.split('/')[1]}`;
    const foreign = imports.filter(
      ({ file, from }) =>
        file.startsWith(`${folder}/`) &&
        from.startsWith('@nexo/') &&
        !from.startsWith(own) &&
        !allowed.has(from.split('/').slice(0, 2).join('/')) &&
        !file.startsWith(`${folder}/node_modules`),
    );
    expect(foreign).toEqual([]);
  });

  test('no file reaches into another package by a path', () => {
    const packageOf = (path: string) => path.split('/').slice(0, 2).join('/');
    const reaching = imports.filter(({ file, from }) => {
      if (!from.startsWith('.')) return false;
      const target = new URL(from, `file:///${file}`).pathname.slice(1);
      return packageOf(target) !== packageOf(file);
    });
    expect(reaching).toEqual([]);
  });

  test('the engine takes only types from the server', () => {
    const taken = imports.filter(({ file, from }) => file.startsWith('packages/client/src/') && from.startsWith('@nexo/api'));
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.filter(({ typeOnly }) => !typeOnly)).toEqual([]);
  });

  test('the engine knows neither React nor Next outside of its React entry', () => {
    const views = imports.filter(
      ({ file, from }) =>
        file.startsWith('packages/client/src/') && !file.includes('/react/') && /^(react|next)(\/|$)/.test(from),
    );
    expect(views).toEqual([]);
  });
});

/** A noun may use those that stand before it. */
const nouns = ['users', 'auth', 'contacts', 'conversations', 'groups', 'messages', 'presence', 'sync', 'backend'];

test('the nouns of the product use each other in one order', () => {
  const nounOf = (path: string) => /^packages\/api\/src\/([a-z]+)\//.exec(path)?.[1] ?? '';
  const backwards = imports.filter(({ file, from }) => {
    if (!from.startsWith('../') || isTest(file)) return false;
    const own = nouns.indexOf(nounOf(file));
    const other = nouns.indexOf(nounOf(new URL(from, `file:///${file}`).pathname.slice(1)));
    return own >= 0 && other > own;
  });
  expect(backwards).toEqual([]);
});

test('code for browsers takes the small zod: the whole of it would cost ninety kilobytes', () => {
  const whole = imports.filter(({ file, from }) => /^(packages\/(shared|client)|apps\/web)\/src\//.test(file) && from === 'zod');
  expect(whole.filter(({ file }) => !isTest(file))).toEqual([]);
});

test('the environment is read in one place of the server', () => {
  const readers = files.filter(
    (file) =>
      /^(packages|apps\/server)\//.test(file) &&
      !isTest(file) &&
      /process\.env\b/.test(read(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
  );
  // The embedded database hands the bare minimum of it on to the processes that it starts.
  expect(readers.sort()).toEqual(['apps/server/src/env.ts', 'packages/db/src/embedded/cluster.ts']);
});

test('nothing is left for later: no unfinished mark, no skipped or focused test', () => {
  const mark = new RegExp(['TO', 'DO\\b|FIX', 'ME\\b|\\b(?:it|test|describe)\\.(?:skip|only|todo)\\(\\s*[\'"`]'].join(''));
  expect(files.filter((file) => mark.test(read(file)))).toEqual([]);
});
