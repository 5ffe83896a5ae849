import type { PresenceView } from '@nexo/shared';
import { expect, it } from 'vitest';
import { presenceWords } from './presence-words.ts';

const now = new Date(2026, 2, 10, 12, 31).getTime();
const words = (status: PresenceView['status'], lastSeenAt?: number) =>
  presenceWords({ userId: 'bo', status, platforms: [], ...(lastSeenAt === undefined ? {} : { lastSeenAt }) }, now, 'en-GB');

it('says who is there, and nothing when it is not known', () => {
  expect(['online', 'away', 'offline', 'unknown'].map((status) => words(status as PresenceView['status']))).toEqual([
    'online',
    'away',
    'offline',
    '',
  ]);
});

it('says when somebody was last seen, the vaguer the longer ago', () => {
  const seen = (...args: [number, number, number, number, number]) => words('offline', new Date(...args).getTime());
  expect(words('offline', now - 59_000)).toBe('last seen just now');
  expect(words('offline', now + 90_000)).toBe('last seen just now');
  expect(words('offline', now - 60_000)).toBe('last seen 1 minute ago');
  expect(words('offline', now - 59 * 60_000)).toBe('last seen 59 minutes ago');
  expect(seen(2026, 2, 10, 8, 5)).toBe('last seen today at 08:05');
  expect(seen(2026, 2, 9, 23, 59)).toBe('last seen yesterday at 23:59');
  expect(seen(2026, 2, 4, 9, 0)).toBe('last seen on Wednesday');
  expect(seen(2026, 1, 3, 9, 0)).toBe('last seen on 3 February');
  expect(seen(2025, 2, 3, 9, 0)).toBe('last seen on 3 March 2025');
});
