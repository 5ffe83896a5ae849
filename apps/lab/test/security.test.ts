import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectProof, proofsOf, root } from './proofs.ts';

const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
const rows = page.split('\n').filter((line) => /^\| [A-Z]\d+ \|/.test(line));

describe('docs/security.md', () => {
  it('has a row for each attack', () => {
    const numbers = (family: string, ...these: number[]) => these.map((n) => `${family}${n}`);
    const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
    const wanted = [...numbers('A', ...upTo(11), 13, 17, 18), ...numbers('S', ...upTo(16)), ...numbers('W', ...upTo(8))];
    expect(rows.map((row) => row.split('|')[1]?.trim())).toEqual(wanted);
  });

  it.each(rows)('each row is proved, or says what is open: %.60s', (row) => {
    expect(row.split('|').slice(4, 6).join('').trim()).not.toBe('');
  });

  it.each(proofsOf(page, 2))('$file is there, with every test that is named of it: $titles', expectProof);
});
