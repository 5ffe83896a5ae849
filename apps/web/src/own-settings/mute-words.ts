import { isMuted, type Muted } from '@nexo/shared';
import { clockTime, dayLabel, dayOf } from '../lib/time.ts';

const hourMs = 3_600_000;
/** When tomorrow begins for somebody who sleeps: the hour of the local day. */
const morningHour = 8;

/** How long something can be kept quiet: words, and until when (epoch ms; null: for ever). */
export const quietTimes: readonly { id: string; label: string; untilAt(now: number): number | null }[] = [
  { id: 'hour', label: 'For 1 hour', untilAt: (now) => now + hourMs },
  { id: 'eightHours', label: 'For 8 hours', untilAt: (now) => now + 8 * hourMs },
  { id: 'tomorrow', label: 'Until tomorrow morning', untilAt: tomorrowMorning },
  { id: 'ever', label: 'Until I turn it off', untilAt: () => null },
];

/** The next morning that is not today's: a day may have 23 or 25 hours. */
function tomorrowMorning(now: number): number {
  const date = new Date(now);
  date.setDate(date.getDate() + 1);
  date.setHours(morningHour, 0, 0, 0);
  return date.getTime();
}

/** `until 14:30`, `until tomorrow, 08:00`, or nothing for ever. */
export function untilWords(untilAt: number | null, now: number): string {
  if (untilAt === null) return '';
  if (dayOf(untilAt) === dayOf(now)) return `until ${clockTime(untilAt)}`;
  const isTomorrow = dayOf(untilAt) === dayOf(dayOf(now) + 36 * hourMs);
  return `until ${isTomorrow ? 'tomorrow' : dayLabel(untilAt, now)}, ${clockTime(untilAt)}`;
}

/** What a muted chat says of itself; undefined when it is not muted (any more). */
export function mutedWords(muted: Muted | undefined, now: number): string | undefined {
  if (!isMuted(muted, now)) return undefined;
  const until = untilWords(muted.untilAt, now);
  const words = muted.mode === 'mentions' ? 'Muted except mentions' : 'Muted';
  return until === '' ? words : `${words} ${until}`;
}
