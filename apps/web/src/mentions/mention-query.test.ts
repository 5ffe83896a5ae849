import { describe, expect, test } from 'vitest';
import { fitOf, mentionQuery, mentionsIn, namedInFull, speaksToAll, withMention } from './mention-query.ts';

/** The caret stands at the bar. */
const at = (marked: string) => mentionQuery(marked.replace('|', ''), marked.indexOf('|'));

describe('speaking to somebody', () => {
  test.each([
    ['@|', ''],
    ['hello @bo|', 'bo'],
    ['(@bo|', 'bo'],
    ['@Bob Smi|', 'Bob Smi'],
    ['@bo|, and more', 'bo'],
  ])('%s asks for "%s"', (marked, words) => {
    expect(at(marked)?.words).toBe(words);
  });

  test.each([['|@bob'], ['mail bob@exa|'], ['@ bob|'], ['@bob\n|'], ['@bob said some|'], [`@${'x'.repeat(60)}|`]])(
    '%s asks for nobody',
    (marked) => {
      expect(at(marked)).toBeNull();
    },
  );

  test('the name takes the place of what was typed, and the caret stands behind it', () => {
    const text = 'hi @bo, well';
    const query = mentionQuery(text, 6);
    expect(query === null ? null : withMention(text, query, 'Bob Smith')).toEqual({ text: 'hi @Bob Smith , well', caret: 14 });
  });

  test('who was taken out of the text is not called', () => {
    const chosen = [
      { userId: 'bob', name: 'Bob' },
      { userId: 'ana', name: 'Ana' },
      { userId: 'bob', name: 'Bob' },
    ];
    expect(mentionsIn('hello @Bob', chosen)).toEqual([{ userId: 'bob', name: 'Bob' }]);
  });

  test('who stands in the text with their whole name is spoken to, unless several are called so', () => {
    const people = [
      { userId: 'bo', name: 'Bo' },
      { userId: 'bo2', name: 'Bo Nilsson' },
      { userId: 'ana', name: 'Ana' },
      { userId: 'ana2', name: 'Ana' },
    ];
    const named = (text: string) => namedInFull(text, people).map(({ userId }) => userId);
    expect(named('see @Bo Nilsson')).toEqual(['bo2']);
    expect(named('@Bo, see')).toEqual(['bo']);
    expect(named('@Bob and @Ana and mail@Bo')).toEqual([]);
  });

  test('@all is a word of its own', () => {
    expect(['@all', 'now @all!', '@allan', 'x@all.org', '@@all'].map(speaksToAll)).toEqual([true, true, false, false, false]);
  });

  test('the beginning of a name fits better than that of a later word, and that better than an id', () => {
    expect([
      fitOf('Bob Smith', 'x', 'bo'),
      fitOf('Bob Smith', 'x', 'sm'),
      fitOf('Bob Smith', 'xy', 'x'),
      fitOf('Bob', 'x', 'z'),
    ]).toEqual([0, 1, 2, undefined]);
  });
});
