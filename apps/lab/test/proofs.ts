import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';

export const root = join(import.meta.dirname, '../../..');
const folders = ['packages/api/test', 'packages/api/src', 'packages/client/test', 'apps/server/test', 'apps/web/e2e'];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** A test file that a page names, and what it says of the titles in it. */
export interface Proof {
  file: string;
  titles: string;
}

/** What the rows of a page's tables name in the column that is so far from the end. */
export function proofsOf(page: string, columnFromEnd: number): Proof[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').at(-1 - columnFromEnd) ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([^`]+\.(?:test|spec))`(?:[^`:]*: ([^`]*))?/g)])
    .map(([, file = '', titles = '']) => ({ file, titles }));
}

/** The file is there, with every id and every title that is named of it. */
export function expectProof({ file, titles }: Proof): void {
  const found = files.filter((path) => path.endsWith(`/${file}.ts`));
  expect(found.length).toBeGreaterThan(0);
  const text = found.map((path) => readFileSync(path, 'utf8')).join('\n');
  const ids = [...titles.matchAll(/\b[A-Z]{1,2}-?\d+\b/g)].map(([id]) => id);
  for (const id of ids) expect(text, id).toMatch(new RegExp(`['"\`(\\s]${id}\\b`));
  const quoted = /\*([^*]+)\*/.exec(titles)?.[1];
  if (quoted !== undefined) expect(text).toContain(quoted);
}
