import { expect, it } from 'vitest';
import { untilWords } from './until-words.ts';

const noon = new Date(2026, 2, 3, 12, 0).getTime();
const hourMs = 3_600_000;

it('names an end by the clock of the day it lies in, and what is far off not at all', () => {
  expect(untilWords(noon + 1.5 * hourMs, noon)).toBe('until 13:30');
  expect(untilWords(noon + 20 * hourMs, noon)).toBe('until tomorrow, 08:00');
  expect(untilWords(noon + 44 * hourMs, noon)).toMatch(/^until .*5.*, 08:00$/);
  expect(untilWords(noon + 400 * 24 * hourMs, noon)).toBe('for good');
});
