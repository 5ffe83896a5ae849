import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const page = readFileSync(join(root, 'docs/parity.md'), 'utf8');
const folders = ['packages/api/test', 'packages/api/src', 'packages/client/test', 'apps/server/test', 'apps/web/e2e'];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
);

describe('docs/parity.md', () => {
  const proofs = page
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').at(-2) ?? '')
    .flatMap((cell) => [...cell.matchAll(/`([^`]+\.(?:test|spec))`(?:[^`:]*: ([^`]*))?/g)])
    .map(([, file = '', titles = '']) => ({ file, titles }));

  it('names proofs', () => expect(proofs.length).toBeGreaterThan(40));

  it.each(proofs)('$file is there, with every test that is named of it: $titles', ({ file, titles }) => {
    const found = files.filter((path) => path.endsWith(`/${file}.ts`));
    expect(found.length).toBeGreaterThan(0);
    const text = found.map((path) => readFileSync(path, 'utf8')).join('\n');
    const ids = [...titles.matchAll(/\b[A-Z]{1,2}-?\d+\b/g)].map(([id]) => id);
    for (const id of ids) expect(text, id).toMatch(new RegExp(`['"\`(\\s]${id}\\b`));
    const quoted = /\*([^*]+)\*/.exec(titles)?.[1];
    if (quoted !== undefined) expect(text).toContain(quoted);
  });

  it('links to pages that exist', () => {
    for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(join(root, 'docs', target)), target).toBe(true);
  });
});
