import { afterEach, expect, test, vi } from 'vitest';
import { shareAnswer } from './share-answer.ts';

afterEach(() => vi.useRealTimers());

test('all who ask within a moment get one answer, and later ones another', async () => {
  vi.useFakeTimers();
  let asked = 0;
  const ask = shareAnswer(250, async () => ++asked);
  expect(await Promise.all([ask(), ask()])).toEqual([1, 1]);
  vi.advanceTimersByTime(249);
  expect(await ask()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await ask()).toBe(2);
});
