import { LocalPresence, type Session } from '@nexo/api';
import { TurnableClock } from '@nexo/api/testing';
import { expect, test, vi } from 'vitest';
import { type Connection, Hub } from '../gateway/hub.ts';
import { LastSeen } from './last-seen.ts';
import { PresenceHere } from './presence-here.ts';

const graceMs = 30_000;
const quiet = { error: () => {} };

function makeHere() {
  const clock = new TurnableClock();
  const store = new LocalPresence({ clock, log: quiet, settleMs: 0 });
  const hub: Hub = new Hub((userId) => here.look(userId));
  // Nothing is written here.
  const lastSeen = new LastSeen(undefined as never);
  const here = new PresenceHere({ hub, store, lastSeen, clock, graceMs });
  const sessions = async () => [...((await store.read(['ann'])).held.get('ann')?.sessions ?? [])].map((one) => one.sessionId);
  return { clock, hub, here, sessions };
}

function connectionOf(sessionId: string) {
  const session: Session = { id: sessionId, userId: 'ann', platform: 'web', transport: 'token' };
  return { session, suspect: false, silentMs: 0, close: () => {}, enqueue: () => {} } satisfies Connection;
}

test('R2 whose session ends while it has no connection goes at once', async () => {
  const { hub, here, sessions } = makeHere();
  const phone = connectionOf('phone');
  hub.add(phone);
  hub.remove(phone);
  expect(await sessions()).toEqual(['phone']);
  hub.revoke('ann', ['phone'], 'SESSION_REVOKED');
  expect(await sessions()).toEqual([]);
  here.close();
});

test('R2 a phone that has fallen silent takes nothing from the grace of a laptop that reloads', async () => {
  vi.useFakeTimers();
  try {
    const { clock, hub, here, sessions } = makeHere();
    const [phone, laptop] = [connectionOf('phone'), connectionOf('laptop')];
    hub.add(phone);
    hub.add(laptop);
    expect(await sessions()).toEqual(['phone', 'laptop']);
    clock.turn(graceMs);
    phone.silentMs = graceMs;
    here.look('ann');
    hub.remove(laptop);
    expect(await sessions()).toEqual(['laptop']);
    clock.turn(graceMs);
    here.look('ann');
    expect(await sessions()).toEqual([]);
    here.close();
  } finally {
    vi.useRealTimers();
  }
});
