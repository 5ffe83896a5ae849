import { expect, it } from 'vitest';
import { mutedWords } from './mute-words.ts';
import { quietTimes } from './quiet-times.ts';

const noon = new Date(2026, 2, 3, 12, 0).getTime();

it('says how a chat is muted, and nothing once that is over', () => {
  expect(mutedWords({ mode: 'nothing', untilAt: null }, noon)).toBe('Muted');
  expect(mutedWords({ mode: 'mentions', untilAt: noon + 60_000 }, noon)).toBe('Muted except mentions until 12:01');
  expect(mutedWords({ mode: 'nothing', untilAt: noon }, noon)).toBeUndefined();
  expect(mutedWords(undefined, noon)).toBeUndefined();
});

it('until tomorrow morning is never in the past, not even shortly before midnight', () => {
  const late = new Date(2026, 2, 28, 23, 59).getTime();
  const morning = quietTimes.find((time) => time.id === 'tomorrow')?.untilAt(late) ?? 0;
  expect(new Date(morning).getHours()).toBe(8);
  expect(morning - late).toBeGreaterThan(6 * 3_600_000);
});
