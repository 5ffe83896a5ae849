const dayMs = 24 * 3_600_000;

/** Midnight of the local day that a time (epoch ms) lies in. */
export function dayOf(at: number): number {
  const date = new Date(at);
  date.setHours(0, 0, 0, 0);
  return date.getTime();
}

/** Whole local days from `at` to `now`; 0 on the same day. Days of 23 and 25 hours count as one. */
function daysAgo(at: number, now: number): number {
  return Math.round((dayOf(now) - dayOf(at)) / dayMs);
}

/** Formatters are dear to make; each is made once per locale and shape. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function format(at: number, locale: string | undefined, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale ?? ''} ${JSON.stringify(options)}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter.format(at);
}

/** Time of a message, like `12:31`. */
export function clockTime(at: number, locale?: string): string {
  // Not `hour12: false`: in some locales that calls the first hour of the day 24.
  return format(at, locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** Time in a list row: now, 12:31, Tue, 3 Mar, 03.03.25. A time ahead of `now` (a clock that is wrong) reads as its date. */
export function listTime(at: number, now: number, locale?: string): string {
  const days = daysAgo(at, now);
  if (days === 0 && Math.abs(now - at) < 60_000) return 'now';
  if (days === 0) return clockTime(at, locale);
  if (days > 0 && days < 7) return format(at, locale, { weekday: 'short' });
  if (new Date(at).getFullYear() === new Date(now).getFullYear()) return format(at, locale, { day: 'numeric', month: 'short' });
  const date = new Date(at);
  const two = (n: number) => String(n % 100).padStart(2, '0');
  return `${two(date.getDate())}.${two(date.getMonth() + 1)}.${two(date.getFullYear())}`;
}

/** What a date pill says: Today, Yesterday, Tuesday, 3 March, 3 March 2025. */
export function dayLabel(at: number, now: number, locale?: string): string {
  const days = daysAgo(at, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days > 1 && days < 7) return format(at, locale, { weekday: 'long' });
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return format(at, locale, { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) });
}

/** For titles and details: everything about a moment. */
export function fullTime(at: number, locale?: string): string {
  return format(at, locale, { dateStyle: 'full', timeStyle: 'medium' });
}
