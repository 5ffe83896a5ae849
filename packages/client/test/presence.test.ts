import { limits } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { makeWorld } from './world.ts';

/** A person, and what their engine tells the server of whom it watches. */
async function withWatcher() {
  const world = makeWorld();
  const { server } = world;
  const alice = await world.person('alice');
  const said: string[][] = [];
  server.intercept = (path, userId, input) => {
    if (path === 'presence.subscribe' && userId === 'alice') said.push((input as { userIds: string[] }).userIds);
    return undefined;
  };
  const status = (id: string) => alice.client.store.presence(id).get().status;
  const signal = (userId: string, state: 'online' | 'offline') =>
    server.push('alice', [{ type: 'presence', userId, status: state, platforms: state === 'online' ? ['web'] : [] }]);
  return { ...world, alice, said, status, signal };
}

describe('presence', () => {
  it('R3 of all views together is said once, with the answer in their cells', async () => {
    const { network, alice, person, said, status } = await withWatcher();
    await person('bob');
    alice.client.presence.watch(['bob', 'carol']);
    alice.client.presence.watch(['dora']);
    alice.client.presence.watch(['bob']);
    expect(status('bob')).toBe('unknown');
    await network.run(500);
    expect(said).toEqual([['carol', 'dora', 'bob']]);
    expect(['bob', 'carol', 'dora', 'erin'].map(status)).toEqual(['online', 'offline', 'offline', 'unknown']);
  });

  it('follows the signals about who is watched, and wakes only their cell', async () => {
    const { network, alice, status, signal } = await withWatcher();
    alice.client.presence.watch(['bob', 'carol']);
    await network.run(500);
    let woken = 0;
    alice.client.store.presence('carol').subscribe(() => woken++);
    signal('bob', 'online');
    signal('erin', 'online');
    await network.flush();
    expect(['bob', 'carol', 'erin'].map(status)).toEqual(['online', 'offline', 'unknown']);
    expect(alice.client.store.presence('bob').get()).toEqual({ userId: 'bob', status: 'online', platforms: ['web'] });
    expect(woken).toBe(0);
  });

  it('views that come and go in a moment change nothing that is said; whom nobody looks at any more is let go in the end', async () => {
    const { network, alice, said, status } = await withWatcher();
    const stop = alice.client.presence.watch(['bob']);
    await network.run(500);
    stop();
    stop();
    await network.run(10_000);
    const again = alice.client.presence.watch(['bob']);
    await network.run(60_000);
    expect(said).toEqual([['bob']]);
    expect(status('bob')).toBe('offline');
    again();
    await network.run(40_000);
    expect(said).toEqual([['bob'], []]);
    expect(status('bob')).toBe('unknown');
  });

  it('of more than may be watched, those named last are', async () => {
    const { network, alice, said } = await withWatcher();
    const ids = Array.from({ length: limits.presenceWatchMax + 50 }, (_, n) => `user${n}`);
    for (const id of ids) alice.client.presence.watch([id]);
    await network.run(500);
    expect(said).toEqual([ids.slice(50)]);
  });

  it('R3 is said anew on each connection; a short interruption is not shown, a longer one is', async () => {
    const { network, alice, said, status } = await withWatcher();
    alice.client.presence.watch(['bob']);
    await network.run(500);
    alice.device.cut();
    await network.run(2_000);
    expect(said).toEqual([['bob'], ['bob']]);
    expect(status('bob')).toBe('offline');
    alice.device.offline = true;
    alice.device.cut();
    await network.run(2_000);
    expect(status('bob')).toBe('offline');
    await network.run(2_000);
    expect(status('bob')).toBe('unknown');
    alice.device.offline = false;
    alice.device.tell('online');
    await network.run(5_000);
    expect(status('bob')).toBe('offline');
  });

  it('R4 is asked anew after a resync, and now and then', async () => {
    const { server, network, alice, said } = await withWatcher();
    alice.client.presence.watch(['bob']);
    await network.run(500);
    server.push('alice', [{ type: 'resync' }]);
    await network.run(1_000);
    expect(said).toHaveLength(2);
    await network.run(5 * 60_000 + 1_000);
    expect(said).toHaveLength(3);
  });

  it('R3 a signal that comes while the question is on its way is newer than the answer', async () => {
    const { network, alice, server, status, signal } = await withWatcher();
    server.intercept = (path) => {
      // The answer was made before, and is on the wire behind the signal.
      if (path === 'presence.subscribe') signal('bob', 'online');
      return undefined;
    };
    alice.client.presence.watch(['bob']);
    await network.run(500);
    expect(status('bob')).toBe('online');
  });

  it('a refused question is asked again after a while', async () => {
    const { network, alice, server, status } = await withWatcher();
    let refusals = 1;
    server.intercept = (path) => {
      if (path === 'presence.subscribe' && refusals-- > 0) throw new Error('not now');
      return undefined;
    };
    alice.client.presence.watch(['bob']);
    await network.run(1_000);
    expect(status('bob')).toBe('unknown');
    await network.run(6_000);
    expect(status('bob')).toBe('offline');
  });
});

describe('typing', () => {
  it('R12 I20 fades six seconds after the last word, though the word that it is over is lost', async () => {
    const { server, network, person, during } = makeWorld();
    const alice = await person('alice');
    const bob = await person('bob');
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    await network.flush();
    const typing = () => bob.client.store.typing(id).get();
    alice.client.messages.typing(id);
    await network.run(3_500);
    alice.client.messages.typing(id);
    await network.flush();
    alice.device.kill();
    await network.run(limits.typingFadeMs - 500);
    expect(typing()).toEqual(['alice']);
    await network.run(1_000);
    expect(typing()).toEqual([]);
    expect(server.messagesOf(id)).toEqual([]);
  });
});
