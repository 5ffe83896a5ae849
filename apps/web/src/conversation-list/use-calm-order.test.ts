import { expect, it } from 'vitest';
import { mergeOrder } from './use-calm-order.ts';

it('holds rows in place, but lets new ones in and removed ones out', () => {
  expect(mergeOrder(['a', 'b', 'c'], ['c', 'a', 'b'])).toEqual(['a', 'b', 'c']);
  expect(mergeOrder(['a', 'b', 'c'], ['d', 'c', 'a'])).toEqual(['d', 'a', 'c']);
  expect(mergeOrder([], ['b', 'a'])).toEqual(['b', 'a']);
});
