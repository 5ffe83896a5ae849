import type { PresenceView } from '@nexo/shared';
import { clockTime, dayLabel } from '../lib/time.ts';

const minuteMs = 60_000;

/**
 * 'online', 'away', 'last seen 5 minutes ago', 'last seen yesterday at 12:31', 'offline'; empty when it is not known. Times are epoch ms;
 * `now` is the device's clock, and a time ahead of it reads as just now.
 */
export function presenceWords({ status, lastSeenAt }: PresenceView, now: number, locale?: string): string {
  if (status === 'unknown') return '';
  if (status !== 'offline' || lastSeenAt === undefined) return status;
  return `last seen ${seen(lastSeenAt, now, locale)}`;
}

function seen(at: number, now: number, locale: string | undefined): string {
  const minutes = Math.floor((now - at) / minuteMs);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} minute${minutes === 1 ? '' : 's'} ago`;
  const day = dayLabel(at, now, locale);
  if (day === 'Today') return `today at ${clockTime(at, locale)}`;
  if (day === 'Yesterday') return `yesterday at ${clockTime(at, locale)}`;
  return `on ${day}`;
}
