import { describe, expect, it } from 'vitest';
import { backoffMs } from '../src/transport/backoff.ts';
import type { Person } from './world.ts';
import { makeWorld, texts } from './world.ts';

function namesOf({ client }: Person): string[] {
  const names: string[] = [];
  client.store.connection.subscribe(() => names.push(client.store.connection.get().name));
  return names;
}

describe('the connection', () => {
  it('goes from connecting over catching up to live, and says when it is which', async () => {
    const { start, during } = makeWorld();
    const alice = start();
    const names = namesOf(alice);
    await during(alice.client.auth.register({ userId: 'alice', displayName: 'Alice', password: 'x' }));
    await during(alice.client.start());
    expect(names).toEqual(['connecting', 'catchingUp', 'live']);
  });

  it('waits between two tries, and tells since when, until when, and whether the device is offline', async () => {
    const { network, time, person } = makeWorld();
    const { client, device } = await person('alice');
    device.offline = true;
    device.cut();
    await network.flush();
    const state = client.store.connection.get();
    expect(state).toMatchObject({ name: 'waiting', since: time.now(), offline: true, attempt: 0 });
    device.offline = false;
    await network.run(5_000);
    expect(client.store.connection.get().name).toBe('live');
  });

  it.each(['online', 'visible'] as const)('tries at once when the browser says `%s`', async (what) => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    device.offline = true;
    device.cut();
    await network.run(120_000);
    const state = client.store.connection.get();
    expect(state.name === 'waiting' || state.name === 'connecting').toBe(true);
    device.offline = false;
    device.tell(what);
    await network.flush();
    expect(client.store.connection.get().name).toBe('live');
  });

  it('tries at once when it is asked to', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    device.offline = true;
    device.cut();
    await network.flush();
    device.offline = false;
    client.retryNow();
    await network.flush();
    expect(client.store.connection.get().name).toBe('live');
  });

  it('backs off with full jitter, from half a second doubling to thirty', () => {
    const longest = (attempt: number) => backoffMs(attempt, () => 1);
    expect([0, 1, 2, 5, 6, 50].map(longest)).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000]);
    expect(backoffMs(6, () => 0)).toBe(0);
  });

  it('counts on from the last delay when a connection did not hold for fifteen seconds, and anew when it did', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    const attempts: number[] = [];
    client.store.connection.subscribe(() => {
      const state = client.store.connection.get();
      if (state.name === 'waiting') attempts.push(state.attempt);
    });
    for (let n = 0; n < 3; n++) {
      device.cut();
      await network.flush();
      client.retryNow();
      await network.run(5_000);
    }
    await network.run(16_000);
    device.cut();
    await network.flush();
    expect(attempts).toEqual([0, 1, 2, 0]);
  });

  it.each([
    [4003, 'revoked'],
    [4004, 'replaced'],
  ] as const)('is signed out by close code %i and does not come back', async (code, reason) => {
    const { network, server, person } = makeWorld();
    const { client } = await person('alice');
    server.revoke('alice', code);
    await network.run(60_000);
    expect(client.store.connection.get()).toEqual({ name: 'signedOut', reason });
  });

  it('renews the session after close code 4001 and connects again', async () => {
    const { network, server, person } = makeWorld();
    const { client } = await person('alice');
    server.expireTokens();
    await network.run(3_000);
    expect(client.store.connection.get().name).toBe('live');
  });

  it('is signed out when the renewal is refused', async () => {
    const { network, server, person } = makeWorld();
    const { client } = await person('alice');
    server.revoke('alice', 4001);
    await network.run(3_000);
    expect(client.store.connection.get()).toEqual({ name: 'signedOut', reason: 'expired' });
  });

  it('renews a token before it runs out when it connects again, whatever the clock of the device says', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    device.clockErrorMs = -3 * 3_600_000;
    device.cut();
    await network.run(3_000);
    expect(client.store.connection.get().name).toBe('live');
  });

  it('finds out within 45 seconds that nobody is there any more', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    device.delivering = false;
    await network.run(45_000);
    expect(client.store.connection.get().name).not.toBe('live');
  });

  it('is not deceived by a frame that was still on its way when the device lost its network', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    device.offline = true;
    device.tell('offline');
    // Both the question and its answer slip through.
    device.sockets.at(-1)?.deliver();
    await network.run(5_000);
    expect(client.store.connection.get()).toMatchObject({ name: 'waiting', offline: true });
  });

  it('stays on a living socket while the device is mistaken about its network', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    const names = namesOf({ client, device });
    device.isMistaken = true;
    device.tell('offline');
    await network.run(10 * 60_000);
    expect(names).toEqual([]);
  });

  it('stays on a quiet but living socket', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    const names = namesOf({ client, device });
    await network.run(10 * 60_000);
    expect(names).toEqual([]);
  });

  it('answers a PING of the server', async () => {
    const { network, person } = makeWorld();
    const { device } = await person('alice');
    const socket = device.sockets.at(-1);
    device.delivering = false;
    socket?.toClient.push('PING');
    socket?.deliverToClient();
    await network.flush();
    expect(socket?.toServer).toContain('PONG');
  });

  it('makes the new connection before it breaks the old one when the server asks it to leave', async () => {
    const { network, server, person, during } = makeWorld();
    const alice = await person('alice');
    const bob = await person('bob');
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    await during(alice.client.conversations.open(id));
    const names = namesOf(alice);
    const old = alice.device.sockets.at(-1);
    server.askToLeave();
    old?.deliverToClient();
    expect(old?.isClosed).toBe(false);
    for (let n = 0; n < 5; n++) bob.client.messages.send(id, `${n}`);
    await network.run(2_000);
    expect(old?.isClosed).toBe(true);
    expect(names).toEqual(['catchingUp', 'live']);
    expect(texts(alice, id)).toEqual(['0', '1', '2', '3', '4']);
  });

  it('keeps to the old socket when there is no other to go to, and comes back when that closes', async () => {
    const { network, time, server, person } = makeWorld();
    const { client, device } = await person('alice');
    const old = device.sockets.at(-1);
    server.askToLeave();
    old?.deliverToClient();
    await time.settle();
    device.sockets.at(-1)?.cut();
    expect(client.store.connection.get().name).toBe('live');
    device.cut(1001);
    await network.run(3_000);
    expect(client.store.connection.get().name).toBe('live');
  });

  it('fails a call that was not answered as of unknown outcome when the socket closes', async () => {
    const { network, server, person } = makeWorld();
    const { client, device } = await person('alice');
    server.intercept = () => 'silent';
    const call = client.trpc.users.get.query({ userIds: ['alice'] });
    call.catch(() => {});
    await network.flush();
    server.intercept = null;
    device.cut();
    await expect(call).rejects.toThrow('closed (1006) before the answer');
  });

  it('does nothing any more after stop', async () => {
    const { network, person } = makeWorld();
    const { client, device } = await person('alice');
    await client.stop();
    expect(client.store.connection.get()).toEqual({ name: 'stopped' });
    await network.run(60_000);
    expect(device.sockets.filter(({ isClosed }) => !isClosed)).toEqual([]);
  });
});
