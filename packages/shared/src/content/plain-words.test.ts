import { expect, test } from 'vitest';
import { plainWords } from './plain-words.ts';
import { excerptOf } from './to-text.ts';

test.each([
  ['a **b** *c* ~~d~~ `e` __f__ _g_', 'a b c d e f g'],
  ['see [the plan](https://a.example/p_(1) "t") and <https://b.example>', 'see the plan and https://b.example'],
  ['> said\n\nwell', 'said\n\nwell'],
  ['```ts\nconst a = b * c * d;\n```', 'const a = b * c * d;'],
  ['**[*a*](https://a.example)**', 'a'],
  ['\\*not* **that**', '*not* that'],
])('the marks of %j are taken away', (text, words) => {
  expect(plainWords(text)).toBe(words);
});

test.each([['snake_case_name'], ['2 * 3 * 4'], ['¯\\_(ツ)_/¯'], ['a < b > c'], ['# general'], ['**'], ['```\n```'], ['[a] (b)']])(
  '%j is what it says',
  (text) => {
    expect(plainWords(text)).toBe(text);
  },
);

test('an excerpt is the same whether it is made of the text or of as much of it as one is made of', () => {
  const text = `**${'😀 *é* '.repeat(60)}**`;
  const excerpt = excerptOf({ type: 'text', text } as { type: string });
  expect(excerptOf({ type: 'text', text: [...text].slice(0, 400).join('') } as { type: string })).toBe(excerpt);
  expect([...excerpt]).toHaveLength(200);
});
