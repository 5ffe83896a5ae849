import { describe, expect, it } from 'vitest';
import { isJumboEmoji, splitLinks } from './message-text.ts';

describe('text of a message', () => {
  it('finds addresses and leaves the sentence around them alone', () => {
    expect(splitLinks('See https://nexo.example/a?b=1, and mail ada@nexo.example.')).toEqual([
      { text: 'See ' },
      { text: 'https://nexo.example/a?b=1', href: 'https://nexo.example/a?b=1' },
      { text: ', and mail ' },
      { text: 'ada@nexo.example', href: 'mailto:ada@nexo.example' },
      { text: '.' },
    ]);
  });

  it('makes no link of anything that could run or reach elsewhere (W11)', () => {
    for (const text of [
      'javascript:alert(1)',
      'data:text/html,<b>x',
      'vbscript:x',
      'file:///etc/passwd',
      '<img src=x onerror=y>',
    ]) {
      expect(splitLinks(text).every((part) => part.href === undefined)).toBe(true);
    }
  });

  it('loses no character', () => {
    const text = 'a\nwww.example.com\n\nb http://x.example/(y) c';
    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });

  it('knows one to three emoji alone', () => {
    expect(isJumboEmoji('🎉')).toBe(true);
    expect(isJumboEmoji('👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽')).toBe(true);
    expect(isJumboEmoji('🎉🎉🎉🎉')).toBe(false);
    expect(isJumboEmoji('1')).toBe(false);
    expect(isJumboEmoji('ok 🎉')).toBe(false);
  });
});
