import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadCustomKinds } from './custom-kinds.ts';

const folder = mkdtempSync(join(tmpdir(), 'nexo-kinds-'));
afterAll(() => rmSync(folder, { recursive: true }));

function moduleOf(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

const kind = (name: string) =>
  `{ name: '${name}', schema: { '~standard': { validate: (value) => ({ value }) } }, toText: () => 'x' }`;

test('the kinds that a module declares are loaded', async () => {
  const kinds = await loadCustomKinds(moduleOf('good.mjs', `export default [${kind('acme.poll')}, ${kind('acme.dice')}];`));
  expect(kinds.map(({ name }) => name)).toEqual(['acme.poll', 'acme.dice']);
});

test.each([
  ['missing.mjs', null, /cannot be loaded/],
  ['broken.mjs', 'export default [', /cannot be loaded/],
  ['none.mjs', 'export const kinds = [];', /must be a list/],
  ['other.mjs', 'export default [{ name: "acme.poll" }];', /defineCustomKind/],
  ['named.mjs', `export default [${kind('Acme Poll')}];`, /defineCustomKind/],
  ['twice.mjs', `export default [${kind('a')}, ${kind('a')}];`, /twice/],
])('a server does not start with %s, and says why', async (name, source, words) => {
  const path = source === null ? join(folder, name) : moduleOf(name, source);
  await expect(loadCustomKinds(path)).rejects.toThrow(words);
});
