import { plainWords } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { parseMarkdown, safeHref } from './markdown.ts';

/** Types and texts of a tree, for comparing. */
function shape(node: unknown): unknown {
  const { type, value, children, url } = node as { type: string; value?: string; children?: unknown[]; url?: string };
  if (type === 'text') return value;
  return [type, ...(url === undefined ? [] : [url]), ...(children?.map(shape) ?? [value])];
}
const shapes = (text: string) => parseMarkdown(text)?.map(shape) ?? null;

describe('the subset of Markdown', () => {
  test('emphasis, strike, code and quotes are taken apart', () => {
    expect(shapes('a **b** *c* ~~d~~ `e`')).toEqual([
      ['paragraph', 'a ', ['strong', 'b'], ' ', ['emphasis', 'c'], ' ', ['delete', 'd'], ' ', ['inlineCode', 'e']],
    ]);
    expect(shapes('> said\n\nwell')).toEqual([
      ['blockquote', ['paragraph', 'said']],
      ['paragraph', 'well'],
    ]);
    expect(shapes('```ts\nconst a = 1;\n```')).toEqual([['code', 'const a = 1;']]);
  });

  test.each([
    ['hello'],
    ['# general'],
    ['1. first\n2. second'],
    ['snake_case_name'],
    ['<b>tag</b>'],
    ['    four spaces'],
    ['a < b > c'],
    ['¯\\_(ツ)_/¯'],
    ['![picture](https://example.org/x.png) no'.replace('![', '! [').replace('](', '] (')],
    ['~single~'],
  ])('%s is shown as it was written', (text) => {
    expect(parseMarkdown(text)).toBeNull();
  });

  test('only addresses that are safe to follow are links', () => {
    expect(shapes('[here](javascript:alert(1))')).toEqual([['paragraph', ['link', 'javascript:alert(1)', 'here']]]);
    expect(safeHref('javascript:alert(1)')).toBeUndefined();
    expect(safeHref('data:text/html,x')).toBeUndefined();
    expect(safeHref('https://example.org')).toBe('https://example.org');
  });

  test('a text that is made to be slow is shown as it is', () => {
    expect(parseMarkdown('*'.repeat(10_000))).toBeNull();
  });
});

/** What one reads of a tree, without what only gives it its look. */
function wordsOf(node: unknown): string {
  const { type, value, children = [] } = node as { type: string; value?: string; children?: unknown[] };
  if (type === 'break') return '\n';
  return value ?? children.map(wordsOf).join(type === 'blockquote' ? '\n' : '');
}

/** Every text of up to so many of these parts. */
function textsOf(parts: readonly string[], count: number): string[] {
  if (count === 0) return [''];
  const shorter = textsOf(parts, count - 1);
  return [...shorter, ...shorter.flatMap((text) => parts.map((part) => text + part))];
}

describe('a text in one line has the words that its view has', () => {
  const inLine = (text: string) => text.replace(/\s+/g, ' ').trim();

  test.each([
    ['emphasis', ['*', '**', '_', 'a', ' ', '.'], 5],
    ['strikes', ['~~', '~', '*', 'a', ' '], 4],
    ['code', ['`', '``', '\\', '*', 'a', ' '], 4],
    ['links', ['[', '](https://a.example)', '(', ')', '*', 'a'], 4],
    ['addresses', ['<', '>', 'https://a.example', 'a@b.example', ' '], 4],
    ['quotes and fences', ['> ', '```', '~~~', '\n', '*', 'a'], 4],
  ])('%s', (_, parts, count) => {
    const unlike = [...new Set(textsOf(parts, count))].filter((text) => {
      const viewed = inLine(parseMarkdown(text)?.map(wordsOf).join('\n') ?? text);
      // Of what has no words, one is shown how it was written.
      return inLine(plainWords(text)) !== (viewed === '' ? inLine(text) : viewed);
    });
    expect(unlike).toEqual([]);
  });
});
