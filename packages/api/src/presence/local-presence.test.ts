import { expect, test, vi } from 'vitest';
import { presenceContract } from '../testing/presence.contract.ts';
import { TurnableClock } from '../testing/turnable-clock.ts';
import { LocalPresence } from './local-presence.ts';
import type { PresenceChange } from './presence-store.ts';

const log = { error: () => {} };

presenceContract('LocalPresence', async () => {
  const store = new LocalPresence({ clock: { now: () => Date.now() }, log, settleMs: 0 });
  return { a: store, b: store, [Symbol.asyncDispose]: () => store.close() };
});

test('a fresh process does not know who is about to come back, and says when it does', async () => {
  vi.useFakeTimers();
  try {
    const store = new LocalPresence({ clock: new TurnableClock(), log, settleMs: 30_000 });
    const heard: PresenceChange[] = [];
    store.subscribe((change) => heard.push(change));
    expect((await store.read(['ann'])).others).toBe('unknown');
    vi.advanceTimersByTime(29_999);
    expect((await store.read(['ann'])).others).toBe('unknown');
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(1);
    expect((await store.read(['ann'])).others).toBe('offline');
    expect(heard).toEqual(['all']);
  } finally {
    vi.useRealTimers();
  }
});

test('who went long ago is forgotten: by then the database knows it', async () => {
  const clock = new TurnableClock();
  const store = new LocalPresence({ clock, log, settleMs: 0 });
  store.hold('ann', [], clock.now());
  clock.turn(11 * 60_000);
  store.hold('bob', [], clock.now());
  expect([...(await store.read(['ann', 'bob'])).held.keys()]).toEqual(['bob']);
});

test('R5 beside other servers of which nothing is heard, whoever goes from here is unknown: they may have moved there', async () => {
  const clock = new TurnableClock();
  const store = new LocalPresence({ clock, log, settleMs: 0, isOneOfSeveral: true });
  store.hold('ann', [{ sessionId: 'a', platform: 'web', foreground: true }]);
  store.hold('ann', [], clock.now());
  expect(await store.read(['ann'])).toEqual({ held: new Map(), others: 'unknown' });
});

test('a listener that fails does not keep the others from hearing', () => {
  const failures: object[] = [];
  const store = new LocalPresence({ clock: new TurnableClock(), log: { error: (fields) => failures.push(fields) }, settleMs: 0 });
  const heard: PresenceChange[] = [];
  store.subscribe(() => {
    throw new Error('broken');
  });
  store.subscribe((change) => heard.push(change));
  store.hold('ann', []);
  expect(heard).toEqual([['ann']]);
  expect(failures).toHaveLength(1);
});
