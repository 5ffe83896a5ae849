import { clockTime, dayLabel, dayOf } from './time.ts';

const dayAndHalfMs = 36 * 3_600_000;
const yearMs = 365 * 24 * 3_600_000;

/** How long something lasts, as one says it: `until 14:30`, `until tomorrow, 08:00`, `until 3 March, 12:31`, `for good`. */
export function untilWords(until: number, now: number): string {
  if (until - now > yearMs) return 'for good';
  if (dayOf(until) === dayOf(now)) return `until ${clockTime(until)}`;
  const isTomorrow = dayOf(until) === dayOf(dayOf(now) + dayAndHalfMs);
  return `until ${isTomorrow ? 'tomorrow' : dayLabel(until, now)}, ${clockTime(until)}`;
}
