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
