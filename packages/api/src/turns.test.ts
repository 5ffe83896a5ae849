import { limits } from '@nexo/shared';
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** Work that is done when the test says so. */
function heldWork() {
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const work = (n: number) => () =>
    new Promise<number>((resolve) => {
      started.push(n);
      finish.push(() => resolve(n));
    });
  return { started, finish, work };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a user has a few calls under way at once, the others wait in order, and nobody else waits for them', async () => {
  const turns = new Turns();
  const { started, finish, work } = heldWork();
  const calls = Array.from({ length: limits.callsAtOncePerUser + 2 }, (_, n) => turns.run('mallory', work(n)));
  await settled();
  expect(started).toHaveLength(limits.callsAtOncePerUser);
  const others = heldWork();
  const other = turns.run('bob', others.work(0));
  await settled();
  expect(others.started).toEqual([0]);
  others.finish[0]?.();
  await other;
  while (finish.length > 0) {
    finish.shift()?.();
    await settled();
  }
  expect(await Promise.all(calls)).toEqual(calls.map((_, n) => n));
  expect(started).toEqual(calls.map((_, n) => n));
});

test('a call that fails gives its turn away too', async () => {
  const turns = new Turns();
  const failing = Array.from({ length: 3 * limits.callsAtOncePerUser }, () =>
    turns.run('alice', () => Promise.reject(new Error('no'))).catch(() => 'failed'),
  );
  expect(new Set(await Promise.all(failing))).toEqual(new Set(['failed']));
  expect(await turns.run('alice', () => Promise.resolve('fine'))).toBe('fine');
});

test('the line has an end: who asks beyond it is refused, and nothing of it is begun', async () => {
  const turns = new Turns();
  const { started, finish, work } = heldWork();
  const most = limits.callsAtOncePerUser + limits.callsWaitingMaxPerUser;
  const calls = Array.from({ length: most }, (_, n) => turns.run('mallory', work(n)));
  await expect(turns.run('mallory', work(most))).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 1_000 });
  while (finish.length > 0) {
    finish.shift()?.();
    await settled();
  }
  await Promise.all(calls);
  expect(started).toHaveLength(most);
  expect(await turns.run('mallory', () => Promise.resolve('fine'))).toBe('fine');
});
