import { limits } from '@nexo/shared';
import { expect, it } from 'vitest';
import { textSize } from './text-size.ts';

const max = limits.messageTextMaxBytes;

it('tells the size from 90 % of the limit, in bytes, and what is over it', () => {
  expect(textSize('x'.repeat(Math.ceil(max * 0.9) - 1)).tells).toBe(false);
  expect(textSize('x'.repeat(Math.ceil(max * 0.9)))).toMatchObject({ tells: true, over: false });
  expect(textSize('é'.repeat(max / 2))).toMatchObject({ bytes: max, over: false });
  expect(textSize(`${'é'.repeat(max / 2)}x`).over).toBe(true);
});
