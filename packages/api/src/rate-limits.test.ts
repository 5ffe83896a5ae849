import { AppError } from '@nexo/shared';
import { expect, onTestFinished, test, vi } from 'vitest';
import { addressKey, makeRateLimits, rateLimitTable } from './rate-limits.ts';
import { TurnableClock } from './testing/index.ts';

test('a key has the points of its row, then RATE_LIMITED with the time to wait', async () => {
  const limits = makeRateLimits();
  const { points, durationMs } = rateLimitTable.loginPerAccount;
  for (let taken = 0; taken < points; taken++) await limits.take('loginPerAccount', 'alice');
  const refusal = await limits.take('loginPerAccount', 'alice').catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(AppError);
  const { code, retryAfterMs } = (refusal as AppError).toData();
  expect(code).toBe('RATE_LIMITED');
  expect(retryAfterMs).toBeGreaterThan(durationMs * 0.9);
  expect(retryAfterMs).toBeLessThanOrEqual(durationMs);
});

test('keys and rows are counted apart, and a reset forgets what was taken', async () => {
  const limits = makeRateLimits({ factor: 0.1 });
  await limits.take('loginPerAccountAndAddress', 'alice');
  await limits.take('loginPerAccountAndAddress', 'bob');
  await limits.take('loginPerAddress', 'alice');
  await expect(limits.take('loginPerAccountAndAddress', 'alice')).rejects.toThrow('RATE_LIMITED');
  await limits.reset('loginPerAccountAndAddress', 'alice');
  await limits.take('loginPerAccountAndAddress', 'alice');
});

test('one of several nodes that share no counters gives fewer points where somebody could guess', async () => {
  const limits = makeRateLimits({ isOneOfSeveral: true });
  const { pointsApart } = rateLimitTable.loginPerAccount;
  for (let taken = 0; taken < pointsApart; taken++) await limits.take('loginPerAccount', 'alice');
  await expect(limits.take('loginPerAccount', 'alice')).rejects.toThrow('RATE_LIMITED');
});

test('what each node counts by itself is the same whatever there is between them, and comes back with time', () => {
  const clock = new TurnableClock();
  const { points, durationMs } = rateLimitTable.sendPerUser;
  const nodes = [{}, { isOneOfSeveral: true }, { shared: { keyPrefix: 'x', client: () => null } }];
  for (const node of nodes) {
    const limits = makeRateLimits({ ...node, clock });
    const takeAll = () => {
      for (let taken = 0; taken < points; taken++) limits.takeHere('sendPerUser', 'alice');
      clock.turn(1_000);
      const refusal = { code: 'RATE_LIMITED', retryAfterMs: durationMs - 1_000 };
      expect(() => limits.takeHere('sendPerUser', 'alice')).toThrow(expect.objectContaining(refusal));
    };
    takeAll();
    limits.takeHere('sendPerUser', 'bob');
    limits.takeHere('sendPerConversation', 'alice');
    clock.turn(durationMs - 1_000);
    takeAll();
  }
});

test('where waits grow they double up to their bound, a refused try makes none longer, and after their time the tries are forgotten', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const limits = makeRateLimits();
  const { points, durationMs, wait } = rateLimitTable.loginPerAccountAndAddress;
  const take = () =>
    limits.take('loginPerAccountAndAddress', 'alice').then(
      () => 0,
      (error: AppError) => error.retryAfterMs,
    );
  const began = Date.now();
  // Of many at once no more get through than one after the other.
  const first = await Promise.all(Array.from({ length: 100 }, take));
  expect(first.filter((waitMs) => waitMs === 0)).toHaveLength(points);
  const waits: number[] = [];
  for (let n = 0; n < 12; n++) {
    const waitMs = (await take()) ?? 0;
    expect(await take()).toBe(waitMs);
    waits.push(waitMs);
    vi.advanceTimersByTime(waitMs);
    expect(await take()).toBe(0);
  }
  expect(waits).toEqual(Array.from({ length: 12 }, (_, n) => Math.min(wait.firstMs * 2 ** n, wait.maxMs)));
  vi.advanceTimersByTime(began + durationMs - Date.now());
  for (let n = 0; n < points; n++) expect(await take()).toBe(0);
  expect(await take()).toBe(wait.firstMs);
  await limits.reset('loginPerAccountAndAddress', 'alice');
  expect(await take()).toBe(0);
});

test('a factor of Infinity lifts every limit', async () => {
  const limits = makeRateLimits({ factor: Number.POSITIVE_INFINITY });
  for (let taken = 0; taken < 1_000; taken++) {
    await limits.take('loginPerAccount', 'alice');
    await limits.take('loginPerAccountAndAddress', 'alice');
  }
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', ''],
])('the address %s is counted as %s', (address, key) => {
  expect(addressKey(address)).toBe(key);
});
