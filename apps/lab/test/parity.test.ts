import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectProof, proofsOf, root } from './proofs.ts';

const page = readFileSync(join(root, 'docs/parity.md'), 'utf8');

describe('docs/parity.md', () => {
  const proofs = proofsOf(page, 1);

  it('names proofs', () => expect(proofs.length).toBeGreaterThan(40));

  it.each(proofs)('$file is there, with every test that is named of it: $titles', expectProof);

  it('links to pages that exist', () => {
    for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)\)/g))
      expect(existsSync(join(root, 'docs', target)), target).toBe(true);
  });
});
