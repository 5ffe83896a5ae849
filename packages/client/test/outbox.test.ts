import { AppError } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../src/index.ts';
import { sessionInMemory } from '../src/session/session.ts';
import { type Device, makeTestLocks } from '../src/testing/index.ts';
import { makeWorld, states, texts, view } from './world.ts';

describe('sending', () => {
  it('shows a message at once, under the key that it keeps when it is sent', async () => {
    const { network, alice, bob, id } = await withPair();
    const { clientMessageId, acknowledged } = alice.client.messages.send(id, 'hello');
    const pending = alice.client.store.timeline(id).get().items;
    expect(pending).toMatchObject([{ key: clientMessageId, state: 'local', content: { text: 'hello' } }]);
    await network.flush();
    const message = await acknowledged;
    expect(message).toMatchObject({ seq: 1, clientMessageId });
    expect(alice.client.store.timeline(id).get().items).toMatchObject([{ key: clientMessageId, state: 'sent', seq: 1 }]);
    expect(texts(bob, id)).toEqual(['hello']);
  });

  it('keeps what is written offline waiting, and sends it once and in order when the network is back', async () => {
    const { network, server, alice, bob, id } = await withPair();
    alice.device.offline = true;
    alice.device.cut();
    const written = Array.from({ length: 20 }, (_, n) => `message ${n}`);
    for (const text of written) alice.client.messages.send(id, text);
    await network.run(2_000);
    expect(new Set(states(alice, id))).toEqual(new Set(['waiting']));
    expect(alice.client.store.outbox.get()).toEqual({ pending: 20, failed: 0 });
    alice.device.offline = false;
    alice.device.tell('online');
    await network.run(5_000);
    expect(server.messagesOf(id)).toHaveLength(20);
    expect(texts(bob, id)).toEqual(written);
    expect(new Set(states(alice, id))).toEqual(new Set(['sent']));
    expect(alice.client.store.outbox.get()).toEqual({ pending: 0, failed: 0 });
  });

  it('sends what an earlier visit has left before what is written while that is being looked up, whatever the clock said then', async () => {
    const { network, server, person, start, during } = makeWorld();
    const kept = memoryStorage();
    const sessionMemory = sessionInMemory();
    const alice = await person('alice', { storage: kept, sessionMemory });
    const { id } = await during(alice.client.conversations.openDirect('alice'));
    alice.device.offline = true;
    alice.device.cut();
    alice.device.clockErrorMs = 3_600_000;
    alice.client.messages.send(id, 'first');
    await network.run(1_000);
    alice.device.kill();
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const again = start({ sessionMemory, storage: async (userId) => opened.then(() => kept(userId)) });
    const restored = again.client.auth.restore();
    await network.flush();
    again.client.messages.send(id, 'second');
    open();
    await during(restored);
    await network.run(5_000);
    const said = server.messagesOf(id).map(({ content }) => (content.type === 'text' ? content.text : content.type));
    expect(said).toEqual(['first', 'second']);
  });

  it('sends what several earlier visits have left in the order in which they left it', async () => {
    const { network, server, person, anotherDevice, during } = makeWorld();
    const kept = memoryStorage();
    const alice = await person('alice');
    const { id } = await during(alice.client.conversations.openDirect('alice'));
    const left = (owner: string, position: number) => ({
      ...{ clientMessageId: `00000000-0000-4000-8000-00000000000${position}`, conversationId: id, owner },
      ...{ content: { type: 'text' as const, text: `${position}` }, position, createdAt: position },
    });
    await (await kept('alice')).write({ outbox: [left('later', 3), left('first', 1), left('first', 2)] });
    await anotherDevice('alice', { storage: kept });
    await network.run(5_000);
    const said = server.messagesOf(id).map(({ content }) => (content.type === 'text' ? content.text : content.type));
    expect(said).toEqual(['1', '2', '3']);
  });

  it('says `waiting` also when the clock of the device was set back meanwhile', async () => {
    const { network, alice, id } = await withPair();
    alice.device.clockErrorMs = 3_600_000;
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'written in an hour');
    alice.device.clockErrorMs = 0;
    await network.run(2_000);
    expect(states(alice, id)).toEqual(['waiting']);
  });

  it('says `waiting` within three seconds after the network has died without a word', async () => {
    const { network, alice, id } = await withPair();
    alice.device.delivering = false;
    alice.client.messages.send(id, 'into the void');
    await network.run(900);
    expect(states(alice, id)).toEqual(['local']);
    await network.run(600);
    expect(states(alice, id)).toEqual(['sending']);
    await network.run(2_500);
    expect(states(alice, id)).toEqual(['waiting']);
  });

  it('says `waiting` also of what stands in line behind a message that is not answered', async () => {
    const { network, alice, id } = await withPair();
    alice.device.delivering = false;
    alice.client.messages.send(id, 'unanswered');
    alice.client.messages.send(id, 'in line');
    await network.run(2_000);
    expect(states(alice, id)).toEqual(['sending', 'sending']);
    await network.run(2_000);
    expect(states(alice, id)).toEqual(['waiting', 'waiting']);
  });

  it('makes one message of a send whose answer was lost', async () => {
    const { network, server, alice, bob, id } = await withPair();
    server.intercept = (path) => {
      if (path !== 'messages.send') return undefined;
      server.intercept = null;
      alice.device.delivering = false;
      return 'silent';
    };
    const sent = alice.client.messages.send(id, 'once');
    await network.flush();
    alice.device.cut();
    alice.device.delivering = true;
    await network.run(3_000);
    expect((await sent.acknowledged).seq).toBe(1);
    expect(server.messagesOf(id)).toHaveLength(1);
    expect(texts(bob, id)).toEqual(['once']);
    expect(texts(alice, id)).toEqual(['once']);
  });

  it('lets the event win over the answer', async () => {
    const { network, server, alice, id } = await withPair();
    server.intercept = (path) => (path === 'messages.send' ? 'silent' : undefined);
    const sent = alice.client.messages.send(id, 'heard before answered');
    await network.flush();
    expect((await sent.acknowledged).seq).toBe(1);
    expect(states(alice, id)).toEqual(['sent']);
  });

  it('shows the answer as sent although its event is still on the way, and does not show it twice when that comes', async () => {
    const { network, alice, bob, id } = await withPair();
    bob.client.messages.send(id, 'first');
    // Alice hears nothing of it yet, so that her own is early.
    alice.device.delivering = false;
    await network.flush();
    const socket = alice.device.sockets.at(-1);
    alice.client.messages.send(id, 'second');
    await network.flush();
    socket?.deliverToServer();
    const [event, , answer] = socket?.toClient.splice(0) ?? [];
    socket?.toClient.push(answer ?? '');
    socket?.deliverToClient();
    await network.flush();
    expect(texts(alice, id)).toEqual(['second']);
    expect(states(alice, id)).toEqual(['sent']);
    socket?.toClient.push(event ?? '');
    socket?.deliverToClient();
    expect(texts(alice, id)).toEqual(['first', 'second']);
  });

  it('survives the end of the program: what was written is sent by the next one', async () => {
    const storage = memoryStorage();
    const { network, server, start, during, alice, id } = await withPair({ storage });
    alice.device.offline = true;
    alice.device.cut();
    for (const text of ['one', 'two', 'three']) alice.client.messages.send(id, text);
    await network.run(200);
    // No stop(): the process is killed.
    const again = start({ storage });
    await during(again.client.auth.login({ userId: 'alice', password: '' }));
    await during(again.client.start());
    await network.run(2_000);
    expect(server.messagesOf(id).map(({ content }) => content)).toMatchObject([
      { text: 'one' },
      { text: 'two' },
      { text: 'three' },
    ]);
  });

  it('is durable before the first attempt', async () => {
    let release = () => {};
    let isHolding = false;
    const inMemory = memoryStorage();
    const { network, server, alice, id } = await withPair({
      storage: async (userId) => {
        const storage = await inMemory(userId);
        return {
          ...storage,
          async write(batch) {
            if (isHolding && batch.outbox !== undefined) {
              await new Promise<void>((resolve) => {
                release = resolve;
              });
            }
            await storage.write(batch);
          },
        };
      },
    });
    isHolding = true;
    alice.client.messages.send(id, 'x');
    await network.run(2_000);
    expect(server.messagesOf(id)).toEqual([]);
    release();
    await network.flush();
    expect(server.messagesOf(id)).toHaveLength(1);
  });

  it('goes on in memory when storage fails, and says so', async () => {
    let isBroken = false;
    const inMemory = memoryStorage();
    const { network, alice, bob, id } = await withPair({
      storage: async (userId) => {
        const storage = await inMemory(userId);
        return { ...storage, write: (batch) => (isBroken ? Promise.reject(new Error('disk full')) : storage.write(batch)) };
      },
    });
    isBroken = true;
    alice.client.messages.send(id, 'nevertheless');
    await network.flush();
    expect(texts(bob, id)).toEqual(['nevertheless']);
    expect(alice.client.store.storage.get()).toBe('failed');
    isBroken = false;
    await network.run(6_000);
    expect(alice.client.store.storage.get()).toBe('ok');
    const kept = await (await inMemory('alice')).loadMessages(id, undefined, 10);
    expect(kept).toHaveLength(1);
  });
});

describe('refusals', () => {
  it('retries what is refused for now, not before the time that was named', async () => {
    const { network, server, alice, id } = await withPair();
    let refusals = 2;
    const attempts: number[] = [];
    server.intercept = (path) => {
      if (path !== 'messages.send') return undefined;
      attempts.push(alice.device.runtime.now());
      if (refusals-- > 0) throw new AppError('OVERLOADED', { retryAfterMs: 4_000 });
      return undefined;
    };
    const sent = alice.client.messages.send(id, 'patience');
    await network.run(30_000);
    expect((await sent.acknowledged).seq).toBe(1);
    expect(attempts).toHaveLength(3);
    expect((attempts[1] ?? 0) - (attempts[0] ?? 0)).toBeGreaterThanOrEqual(4_000);
  });

  it('does not wait any longer when a new connection is there, unless the server named a time', async () => {
    const { network, server, alice, id } = await withPair();
    let refusal: AppError | null = new AppError('UNAVAILABLE');
    server.intercept = (path) => {
      if (path === 'messages.send' && refusal !== null) throw refusal;
      return undefined;
    };
    alice.client.messages.send(id, 'soon');
    await network.run(30_000);
    refusal = null;
    alice.device.cut();
    alice.client.retryNow();
    await network.flush();
    expect(states(alice, id)).toEqual(['sent']);

    refusal = new AppError('RATE_LIMITED', { retryAfterMs: 60_000 });
    alice.client.messages.send(id, 'not before a minute');
    await network.run(1_000);
    refusal = null;
    alice.device.cut();
    alice.client.retryNow();
    await network.run(50_000);
    expect(states(alice, id)).toEqual(['sent', 'waiting']);
    await network.run(20_000);
    expect(states(alice, id)).toEqual(['sent', 'sent']);
  });

  it('never lets a later message overtake one that is refused for now', async () => {
    const { network, server, alice, bob, id } = await withPair();
    let refusals = 3;
    server.intercept = (path) => {
      if (path === 'messages.send' && refusals-- > 0) throw new AppError('UNAVAILABLE');
      return undefined;
    };
    for (const text of ['a', 'b', 'c']) alice.client.messages.send(id, text);
    await network.run(30_000);
    expect(texts(bob, id)).toEqual(['a', 'b', 'c']);
  });

  it('gives the reason of a refusal for good, sends the next one, and never retries by itself', async () => {
    const { network, server, alice, id } = await withPair();
    let attempts = 0;
    server.intercept = (path, _userId, input) => {
      if (path === 'messages.send' && JSON.stringify(input).includes('bad')) {
        attempts++;
        throw new AppError('FORBIDDEN', { message: 'Bob does not accept messages from you.' });
      }
      return undefined;
    };
    const bad = alice.client.messages.send(id, 'bad');
    const good = alice.client.messages.send(id, 'good');
    await network.run(60_000);
    await expect(bad.acknowledged).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect((await good.acknowledged).seq).toBe(1);
    expect(attempts).toBe(1);
    const row = alice.client.store.timeline(id).get().items.at(-1);
    expect(row).toMatchObject({ state: 'failed', failure: { code: 'FORBIDDEN', retryable: false } });
    expect(alice.client.store.outbox.get()).toEqual({ pending: 0, failed: 1 });
  });

  it('sends once however often retry is pressed', async () => {
    const { network, server, alice, id } = await withPair();
    let isRefusing = true;
    let attempts = 0;
    server.intercept = (path) => {
      if (path !== 'messages.send') return undefined;
      attempts++;
      if (isRefusing) throw new AppError('INTERNAL');
      return undefined;
    };
    const { clientMessageId } = alice.client.messages.send(id, 'again');
    await network.run(60_000);
    expect(states(alice, id)).toEqual(['failed']);
    isRefusing = false;
    attempts = 0;
    alice.device.delivering = false;
    for (let n = 0; n < 5; n++) alice.client.messages.retry(clientMessageId);
    await network.flush();
    for (let n = 0; n < 5; n++) alice.client.messages.retry(clientMessageId);
    alice.client.messages.retryAll();
    alice.device.delivering = true;
    await network.run(2_000);
    expect(attempts).toBe(1);
    expect(states(alice, id)).toEqual(['sent']);
  });

  it('gives the content of a discarded message back, and never sends it', async () => {
    const { network, server, alice, id } = await withPair();
    alice.device.offline = true;
    alice.device.cut();
    const { clientMessageId, acknowledged } = alice.client.messages.send(id, 'no, better not');
    await network.run(1_500);
    expect(alice.client.messages.discard(clientMessageId)).toEqual({ type: 'text', text: 'no, better not' });
    await expect(acknowledged).rejects.toMatchObject({ code: 'DISCARDED' });
    alice.device.offline = false;
    alice.device.tell('online');
    await network.run(5_000);
    expect(server.messagesOf(id)).toHaveLength(0);
    expect(texts(alice, id)).toEqual([]);
  });

  it('renews a session that has run out and sends the same message then', async () => {
    const { network, server, alice, id } = await withPair();
    server.expireTokens();
    alice.client.messages.send(id, 'after the renewal');
    await network.run(5_000);
    expect(server.messagesOf(id)).toHaveLength(1);
    expect(alice.client.store.connection.get().name).toBe('live');
  });
});

describe('across the tabs of one browser', () => {
  it('leaves alone what a living tab is sending, and sends what a closed one has left', async () => {
    const { network, server, during, start, bob, id, alice, storage, tab } = await withTabs();
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'left behind');
    await network.run(1_000);

    const other = start({ storage }, tabDevice(network.device(), tab.locks.tab()));
    await during(other.client.auth.login({ userId: 'alice', password: '' }));
    await network.run(120_000);
    expect(server.messagesOf(id)).toEqual([]);

    alice.device.kill();
    tab.close();
    await network.run(40_000);
    expect(texts(bob, id)).toEqual(['left behind']);
    expect(await (await storage('alice')).loadOutbox()).toEqual([]);
  });

  it('makes one message even of what two tabs send', async () => {
    const storage = memoryStorage();
    const { network, server, anotherDevice, alice, id } = await withPair({ storage });
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'left behind');
    await network.run(1_000);
    // Without locks nobody knows that the first one lives.
    const other = await anotherDevice('alice', { storage });
    await network.run(2_000);
    alice.device.offline = false;
    alice.device.tell('online');
    await network.run(5_000);
    expect(server.messagesOf(id)).toHaveLength(1);
    expect(texts(alice, id)).toEqual(['left behind']);
    expect(view(other, id).head.seq).toBe(1);
    expect(await (await storage('alice')).loadOutbox()).toEqual([]);
  });

  it('keeps the state by one tab, and by the next when that is closed', async () => {
    const { network, during, start, alice, bob, id, storage, tab } = await withTabs();
    const second = tab.locks.tab();
    const other = start({ storage }, tabDevice(network.device(), second));
    await during(other.client.auth.login({ userId: 'alice', password: '' }));
    await during(other.client.start());
    alice.device.kill();
    tab.close();
    bob.client.messages.send(id, 'after the first was closed');
    await network.run(2_000);
    const kept = await (await storage('alice')).loadConversations();
    expect(kept).toMatchObject([{ id, head: { seq: 1 } }]);
  });
});

async function withTabs() {
  const storage = memoryStorage();
  const world = makeWorld();
  const locks = makeTestLocks();
  const first = locks.tab();
  const alice = await world.person('alice', { storage }, tabDevice(world.network.device(), first));
  const bob = await world.person('bob');
  const { id } = await world.during(alice.client.conversations.openDirect('bob'));
  await world.network.flush();
  await world.during(bob.client.conversations.open(id));
  return { ...world, storage, alice, bob, id, tab: { locks, close: first.close } };
}

function tabDevice(device: Device, { locks }: { locks: LockManager }): Device {
  device.runtime.locks = locks;
  return device;
}

async function withPair(options: Parameters<ReturnType<typeof makeWorld>['pair']>[0] = {}) {
  const world = makeWorld();
  return { ...world, ...(await world.pair(options)) };
}
