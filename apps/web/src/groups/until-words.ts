import { clockTime, dayLabel } from '../lib/time.ts';

const yearMs = 365 * 24 * 3_600_000;

/** 'until 12:31', 'until Tuesday, 12:31', 'for good': how long something lasts, as one says it. */
export function untilWords(until: number, now: number): string {
  if (until - now > yearMs) return 'for good';
  const day = dayLabel(until, now);
  return day === 'Today' ? `until ${clockTime(until)}` : `until ${day}, ${clockTime(until)}`;
}
