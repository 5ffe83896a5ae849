import { describe, expect, it } from 'vitest';
import { clockTime, dayLabel, dayOf, listTime } from './time.ts';

const now = new Date(2026, 2, 10, 12, 31).getTime();
const at = (...args: [number, number, number, number, number]) => new Date(...args).getTime();

describe('times', () => {
  it('reads in a list row as now, 12:31, Tue, 3 Mar, 03.03.25', () => {
    expect(listTime(now - 59_000, now, 'en-GB')).toBe('now');
    expect(listTime(at(2026, 2, 10, 8, 5), now, 'en-GB')).toBe('08:05');
    expect(listTime(at(2026, 2, 9, 23, 59), now, 'en-GB')).toBe('Mon');
    expect(listTime(at(2026, 2, 3, 12, 0), now, 'en-GB')).toBe('3 Mar');
    expect(listTime(at(2025, 2, 3, 12, 0), now, 'en-GB')).toBe('03.03.25');
  });

  it('shows a time that is ahead of a wrong device clock without nonsense (U-19)', () => {
    expect(listTime(at(2026, 2, 10, 15, 31), now, 'en-GB')).toBe('15:31');
    expect(listTime(at(2026, 2, 11, 1, 0), now, 'en-GB')).toBe('11 Mar');
    expect(dayLabel(at(2026, 2, 11, 1, 0), now, 'en-GB')).toBe('11 March');
  });

  it('says a day as Today, Yesterday, Tuesday, 2 March, 2 March 2025', () => {
    expect(dayLabel(now, now, 'en-GB')).toBe('Today');
    expect(dayLabel(at(2026, 2, 9, 0, 0), now, 'en-GB')).toBe('Yesterday');
    expect(dayLabel(at(2026, 2, 4, 0, 0), now, 'en-GB')).toBe('Wednesday');
    expect(dayLabel(at(2026, 2, 2, 0, 0), now, 'en-GB')).toBe('2 March');
    expect(dayLabel(at(2025, 2, 2, 0, 0), now, 'en-GB')).toBe('2 March 2025');
  });

  it('cuts days at local midnight', () => {
    expect(dayOf(at(2026, 2, 10, 0, 0))).toBe(dayOf(at(2026, 2, 10, 23, 59)));
    expect(dayOf(at(2026, 2, 10, 0, 0))).not.toBe(dayOf(at(2026, 2, 9, 23, 59)));
    for (const locale of ['en-GB', 'en-US']) expect(clockTime(at(2026, 2, 10, 0, 5), locale)).toBe('00:05');
  });
});
