import { expect, test } from 'vitest';
import { timeLeft, timeSpan } from './time-span.ts';

test('a time is said in its largest unit', () => {
  const said = [0, 1_000, 30_000, 60_000, 90_000, 3_600_000, 86_400_000, 604_800_000].map(timeSpan);
  expect(said).toEqual(['1 s', '1 s', '30 s', '1 min', '2 min', '1 h', '1 d', '7 d']);
});

test('a countdown begins with the whole time, and says each second as long as it runs', () => {
  const said = [7_000, 6_999, 6_001, 6_000, 1_001, 1_000, 1, 59_500].map(timeLeft);
  expect(said).toEqual(['7 s', '7 s', '7 s', '6 s', '2 s', '1 s', '1 s', '1 min']);
});
