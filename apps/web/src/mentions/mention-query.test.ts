import { describe, expect, test } from 'vitest';
import { afterCompletion, fitOf, mentionQuery, mentionsIn, namedInFull, speaksToAll, withMention } from './mention-query.ts';

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

  test.each([
    ['hi @bo|', 'hi @Bob Smith |'],
    ['hi @bo| there', 'hi @Bob Smith |there'],
    ['hi @bo|, well', 'hi @Bob Smith|, well'],
    ['@bo|well', '@Bob Smith |well'],
    ['@bo|\nwell', '@Bob Smith |\nwell'],
  ])('in %j the name takes the place of what was typed, and the caret stands where one writes on', (marked, completed) => {
    const text = marked.replace('|', '');
    const query = mentionQuery(text, marked.indexOf('|'));
    const { text: next, caret } = withMention(text, query ?? { from: 0, words: '' }, 'Bob Smith');
    expect(`${next.slice(0, caret)}|${next.slice(caret)}`).toBe(completed);
  });

  test('behind a completed name there is one space, whoever puts it, and none before a sign', () => {
    const completed = { text: 'hi @Bob ', caret: 8 };
    const typing = (sign: string) => afterCompletion(completed, `hi @Bob ${sign}`);
    expect(typing(' ')).toEqual(completed);
    expect(typing(',')).toEqual({ text: 'hi @Bob,', caret: 8 });
    expect(['x', ':', '', '  '].map(typing)).toEqual([null, null, null, null]);
    expect(afterCompletion(completed, 'something else')).toBeNull();
    const before = { text: 'hi @Bob well', caret: 8 };
    expect(afterCompletion(before, 'hi @Bob  well')).toEqual(before);
    expect(afterCompletion(before, 'hi @Bob ,well')).toBeNull();
    expect(afterCompletion({ text: '@Bob, well', caret: 4 }, '@Bob , well')).toBeNull();
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
