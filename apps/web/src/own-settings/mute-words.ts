import { isMuted, type Muted } from '@nexo/shared';
import { clockTime, dayLabel, dayOf } from '../lib/time.ts';

const dayAndHalfMs = 36 * 3_600_000;

/** `until 14:30`, `until tomorrow, 08:00`, or nothing for ever. */
export function untilWords(untilAt: number | null, now: number): string {
  if (untilAt === null) return '';
  if (dayOf(untilAt) === dayOf(now)) return `until ${clockTime(untilAt)}`;
  const isTomorrow = dayOf(untilAt) === dayOf(dayOf(now) + dayAndHalfMs);
  return `until ${isTomorrow ? 'tomorrow' : dayLabel(untilAt, now)}, ${clockTime(untilAt)}`;
}

/** What a muted chat says of itself; undefined when it is not muted (any more). */
export function mutedWords(muted: Muted | undefined, now: number): string | undefined {
  if (!isMuted(muted, now)) return undefined;
  const until = untilWords(muted.untilAt, now);
  const words = muted.mode === 'mentions' ? 'Muted except mentions' : 'Muted';
  return until === '' ? words : `${words} ${until}`;
}
