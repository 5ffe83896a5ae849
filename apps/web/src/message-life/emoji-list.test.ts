import { canonicalEmoji, emojiSchema } from '@nexo/shared';
import { expect, it } from 'vitest';
import { emojiGroups, findEmoji, usualEmoji } from './emoji-list.ts';

const all = emojiGroups.flatMap(({ emoji }) => emoji.map(([sign]) => sign));

it('offers only what the server takes, each written as it will come back, and once', () => {
  for (const sign of [...all, ...usualEmoji]) {
    expect(emojiSchema.safeParse(sign).success, sign).toBe(true);
    expect(canonicalEmoji(sign), sign).toBe(sign);
  }
  expect(new Set(all).size).toBe(all.length);
  for (const sign of usualEmoji) expect(all).toContain(sign);
});

it('finds by the beginning of any word', () => {
  expect(findEmoji('thumb').flatMap(({ emoji }) => emoji.map(([sign]) => sign))).toEqual(['👍', '👎']);
  expect(findEmoji(' HEART ')[0]?.emoji.length).toBeGreaterThan(6);
  expect(findEmoji('qqq')).toEqual([]);
  expect(findEmoji('')).toHaveLength(emojiGroups.length);
});
