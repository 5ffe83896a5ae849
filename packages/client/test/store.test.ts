import { AppError } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { memoryStorage, type RememberedSession, type SessionMemory } from '../src/index.ts';
import { makeWorld, states, texts, view } from './world.ts';

describe('the store', () => {
  it('wakes who watches a conversation only by changes of that one', async () => {
    const { network, person, during } = makeWorld();
    const alice = await person('alice');
    const [one, two] = [
      (await during(alice.client.groups.create({ name: 'One', memberIds: [] }))).id,
      (await during(alice.client.groups.create({ name: 'Two', memberIds: [] }))).id,
    ];
    await network.flush();
    const woken: string[] = [];
    for (const id of [one, two]) {
      await during(alice.client.conversations.open(id));
      alice.client.store.conversation(id).subscribe(() => woken.push(`conversation ${id}`));
      alice.client.store.timeline(id).subscribe(() => woken.push(`timeline ${id}`));
    }
    alice.client.store.me.subscribe(() => woken.push('me'));
    alice.client.store.totalUnread.subscribe(() => woken.push('unread'));
    const untouched = alice.client.store.timeline(two).get();
    alice.client.messages.send(one, 'x');
    await network.flush();
    expect(new Set(woken)).toEqual(new Set([`conversation ${one}`, `timeline ${one}`]));
    expect(alice.client.store.timeline(two).get()).toBe(untouched);
  });

  it('keeps the rows that did not change the same objects', async () => {
    const { network, alice, bob, id } = await withPair();
    bob.client.messages.send(id, 'one');
    await network.flush();
    const [before] = alice.client.store.timeline(id).get().items;
    bob.client.messages.send(id, 'two');
    await network.flush();
    expect(alice.client.store.timeline(id).get().items[0]).toBe(before);
  });

  it('never lets a message of another take the row of one of ours by its clientMessageId', async () => {
    const { server, network, alice, id } = await withPair();
    const { clientMessageId } = alice.client.messages.send(id, 'mine');
    await network.flush();
    const login = server.http('http://x/trpc/auth.login', { body: JSON.stringify({ userId: 'bob' }) });
    const { accessToken } = (login.body as { result: { data: { accessToken: string } } }).result.data;
    const body = JSON.stringify({ conversationId: id, clientMessageId, content: { type: 'text', text: 'forged' } });
    server.http('http://x/trpc/messages.send', { headers: { authorization: `Bearer ${accessToken}` }, body });
    await network.flush();
    expect(texts(alice, id)).toEqual(['mine', 'forged']);
    const keys = alice.client.store
      .timeline(id)
      .get()
      .items.map(({ key }) => key);
    expect(keys[0]).toBe(clientMessageId);
    expect(new Set(keys).size).toBe(2);
  });

  it('orders, dates and counts by the server although the clock of the device is three hours wrong', async () => {
    const { server, network, time, person, during } = makeWorld();
    const device = network.device();
    device.clockErrorMs = -3 * 3_600_000;
    const alice = await person('alice', {}, device);
    const bob = await person('bob');
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    await network.flush();
    await during(alice.client.conversations.open(id));
    await during(bob.client.conversations.open(id));
    for (let n = 0; n < 3; n++) {
      alice.client.messages.send(id, `alice ${n}`);
      await network.run(500);
      bob.client.messages.send(id, `bob ${n}`);
      await network.run(500);
    }
    expect(texts(alice, id)).toEqual(['alice 0', 'bob 0', 'alice 1', 'bob 1', 'alice 2', 'bob 2']);
    expect(view(alice, id)).toEqual(server.viewsOf('alice')[0]);
    device.offline = true;
    device.cut();
    alice.client.messages.send(id, 'pending');
    const pending = alice.client.store.timeline(id).get().items.at(-1);
    expect(Math.abs((pending?.sentAt ?? 0) - time.now())).toBeLessThan(1_000);
  });

  it('loads unknown users by itself, many in one call', async () => {
    const { server, network, person } = makeWorld();
    const alice = await person('alice');
    for (const userId of ['bob', 'carol', 'dora']) await person(userId);
    const asked: unknown[] = [];
    server.intercept = (path, _userId, input) => {
      if (path === 'users.get') asked.push(input);
      return undefined;
    };
    const cells = ['bob', 'carol', 'dora', 'bob'].map((id) => alice.client.store.user(id));
    expect(cells.map((cell) => cell.get())).toEqual([undefined, undefined, undefined, undefined]);
    await network.run(200);
    expect(asked).toEqual([{ userIds: ['bob', 'carol', 'dora'] }]);
    expect(cells.map((cell) => cell.get()?.displayName)).toEqual(['BOB', 'CAROL', 'DORA', 'BOB']);
  });
});

describe('reading', () => {
  it('counts as read at once, tells the server soon, and shows the other side its message as read', async () => {
    const { server, network, alice, bob, id } = await withPair();
    for (const text of ['one', 'two', 'three']) alice.client.messages.send(id, text);
    await network.flush();
    expect(bob.client.store.totalUnread.get()).toBe(3);
    bob.client.conversations.markRead(id, 2);
    expect(bob.client.store.totalUnread.get()).toBe(1);
    expect(server.viewsOf('bob')[0]?.me.unread).toBe(3);
    await network.run(500);
    expect(server.viewsOf('bob')[0]?.me.unread).toBe(1);
    expect(states(alice, id)).toEqual(['read', 'read', 'sent']);
  });

  it('never goes back, and asks once for what was read in one go', async () => {
    const { server, network, alice, bob, id } = await withPair();
    for (let n = 0; n < 10; n++) alice.client.messages.send(id, `${n}`);
    await network.flush();
    const asked: unknown[] = [];
    server.intercept = (path, _userId, input) => {
      if (path === 'conversations.markRead') asked.push(input);
      return undefined;
    };
    for (const seq of [1, 5, 3, 7, 2]) bob.client.conversations.markRead(id, seq);
    expect(view(bob, id).me.readSeq).toBe(7);
    await network.run(1_000);
    expect(asked).toEqual([{ conversationId: id, seq: 7 }]);
  });

  it('is told to the server after an offline time', async () => {
    const { server, network, alice, bob, id } = await withPair();
    alice.client.messages.send(id, 'one');
    await network.flush();
    bob.device.offline = true;
    bob.device.cut();
    bob.client.conversations.markRead(id, 1);
    expect(bob.client.store.totalUnread.get()).toBe(0);
    await network.run(5_000);
    bob.device.offline = false;
    bob.client.retryNow();
    await network.run(3_000);
    expect(server.viewsOf('bob')[0]?.me).toMatchObject({ readSeq: 1, unread: 0 });
    expect(states(alice, id)).toEqual(['read']);
  });

  it('asks for what it has missed when the server had that position already', async () => {
    const { network, anotherDevice, alice, bob, id } = await withPair();
    const phone = await anotherDevice('bob');
    for (const text of ['one', 'two']) alice.client.messages.send(id, text);
    await network.flush();
    bob.device.delivering = false;
    phone.client.conversations.markRead(id, 2);
    await network.run(1_000);
    // What this device was told of it is lost on its way.
    for (const socket of bob.device.sockets) socket.toClient = [];
    bob.device.delivering = true;
    expect(view(bob, id).me.readSeq).toBe(0);
    bob.client.conversations.markRead(id, 1);
    await network.run(2_000);
    expect(view(bob, id).me).toMatchObject({ readSeq: 2, unread: 0 });
  });

  it('is taken back when the server refuses it', async () => {
    const { server, network, alice, bob, id } = await withPair();
    alice.client.messages.send(id, 'one');
    await network.flush();
    server.intercept = (path) => {
      if (path === 'conversations.markRead') throw new AppError('FORBIDDEN');
      return undefined;
    };
    bob.client.conversations.markRead(id, 1);
    await network.run(1_000);
    expect(bob.client.store.totalUnread.get()).toBe(1);
  });

  it('on one device is seen on the others', async () => {
    const { network, anotherDevice, alice, bob, id } = await withPair();
    const phone = await anotherDevice('bob');
    alice.client.messages.send(id, 'one');
    await network.flush();
    expect(phone.client.store.totalUnread.get()).toBe(1);
    bob.client.conversations.markRead(id, 1);
    await network.run(500);
    expect(phone.client.store.totalUnread.get()).toBe(0);
  });
});

describe('typing', () => {
  it('is said at most every three seconds, fades after six, and ends with the message', async () => {
    const { server, network, alice, bob, id } = await withPair();
    let said = 0;
    server.intercept = (path) => {
      if (path === 'messages.typing') said++;
      return undefined;
    };
    for (let n = 0; n < 20; n++) {
      alice.client.messages.typing(id);
      await network.run(100);
    }
    expect(said).toBe(1);
    expect(bob.client.store.typing(id).get()).toEqual(['alice']);
    expect(alice.client.store.typing(id).get()).toEqual([]);
    await network.run(6_000);
    expect(bob.client.store.typing(id).get()).toEqual([]);
    alice.client.messages.typing(id);
    await network.flush();
    expect(bob.client.store.typing(id).get()).toEqual(['alice']);
    alice.client.messages.send(id, 'done');
    await network.flush();
    expect(bob.client.store.typing(id).get()).toEqual([]);
  });
});

describe('the session', () => {
  it('is taken up again from what the last visit remembers, and shows what is stored before the network answers', async () => {
    const { memory, storage, network, server, bob, id, alice, start, during } = await withRemembered();
    bob.client.messages.send(id, 'stored');
    await network.run(1_000);
    alice.device.kill();
    const device = network.device();
    device.delivering = false;
    const again = start({ storage, sessionMemory: memory }, device);
    const me = await again.client.auth.restore();
    expect(me).toMatchObject({ id: 'alice' });
    expect(again.client.store.ready.get()).toBe(true);
    expect(view(again, id)).toEqual(server.viewsOf('alice')[0]);
    again.client.conversations.open(id).catch(() => {});
    await network.flush();
    expect(texts(again, id)).toEqual(['stored']);
    device.delivering = true;
    await during(again.client.start());
    expect(again.client.store.connection.get().name).toBe('live');
  });

  it('starts offline with everything visible and what was unsent waiting', async () => {
    const { memory, storage, network, bob, id, alice, start } = await withRemembered();
    bob.client.messages.send(id, 'stored');
    await network.run(1_000);
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'unsent');
    await network.run(100);
    alice.device.kill();
    const device = network.device();
    device.offline = true;
    const again = start({ storage, sessionMemory: memory }, device);
    expect(await again.client.auth.restore()).toMatchObject({ id: 'alice' });
    again.client.conversations.open(id).catch(() => {});
    await network.run(2_000);
    expect(texts(again, id)).toEqual(['stored', 'unsent']);
    expect(states(again, id).at(-1)).toBe('waiting');
    device.offline = false;
    again.client.retryNow();
    await network.run(3_000);
    expect(texts(bob, id)).toEqual(['stored', 'unsent']);
  });

  it('is null when nothing is remembered, without asking the server', async () => {
    const { start, network } = makeWorld();
    const { client, device } = start();
    device.offline = true;
    await network.flush();
    expect(await client.auth.restore()).toBeNull();
    expect(client.store.connection.get().name).toBe('stopped');
  });

  it('ends with logout: nothing of the person stays', async () => {
    const { memory, storage, network, during, alice, id } = await withRemembered();
    alice.client.messages.send(id, 'x');
    await network.run(1_000);
    await during(alice.client.auth.logout());
    expect(alice.client.store.connection.get()).toEqual({ name: 'signedOut', reason: 'logout' });
    expect(alice.client.store.me.get()).toBeNull();
    expect(alice.client.store.conversationIds.get()).toEqual([]);
    expect(await memory.load()).toBeNull();
    const kept = await storage('alice');
    expect([await kept.loadState(), await kept.loadConversations(), await kept.loadMessages(id, undefined, 9)]).toEqual([
      undefined,
      [],
      [],
    ]);
  });

  it('keeps what was unsent when it was ended elsewhere, and sends it after the next login', async () => {
    const { network, server, during, alice, bob, id } = await withPair();
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'unsent');
    server.revoke('alice', 4003);
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(3_000);
    expect(alice.client.store.connection.get().name).toBe('signedOut');
    expect(alice.client.store.outbox.get()).toEqual({ pending: 1, failed: 0 });
    await during(alice.client.auth.login({ userId: 'alice', password: '' }));
    await network.run(3_000);
    expect(texts(bob, id)).toEqual(['unsent']);
  });

  it('is forgotten by the next visit when the server has ended it', async () => {
    const { memory, network, server } = await withRemembered();
    server.revoke('alice', 4003);
    await network.run(1_000);
    expect(await memory.load()).toBeNull();
  });

  it('never goes on as somebody else who has logged in by another tab', async () => {
    const { memory, network, alice } = await withRemembered();
    await memory.save({ userId: 'eve' });
    alice.device.cut();
    await network.run(3_000);
    expect(alice.client.store.connection.get()).toEqual({ name: 'signedOut', reason: 'replaced' });
    expect(alice.client.store.me.get()).toMatchObject({ id: 'alice' });
    expect(await memory.load()).toEqual({ userId: 'eve' });
  });

  it('is taken up once by any number of calls at the same time', async () => {
    const { memory, storage, network, start, alice } = await withRemembered();
    await network.run(1_000);
    alice.device.kill();
    const again = start({ storage, sessionMemory: memory });
    const [first, second] = await Promise.all([again.client.auth.restore(), again.client.auth.restore()]);
    expect(first).toMatchObject({ id: 'alice' });
    expect(second).toBe(first);
  });

  it('of another person on the same client shows nothing of the one before', async () => {
    const { network, during, alice, id } = await withPair();
    alice.client.messages.send(id, 'private');
    await network.run(1_000);
    await during(alice.client.auth.register({ userId: 'eve', displayName: 'Eve', password: '' }));
    await during(alice.client.start());
    expect(alice.client.store.me.get()).toMatchObject({ id: 'eve' });
    expect(alice.client.store.conversationIds.get()).toEqual([]);
    expect(texts(alice, id)).toEqual([]);
    await during(alice.client.auth.login({ userId: 'alice', password: '' }));
    await during(alice.client.start());
    expect(alice.client.store.conversationIds.get()).toEqual([id]);
  });
});

async function withPair(options: Parameters<ReturnType<typeof makeWorld>['pair']>[0] = {}) {
  const world = makeWorld();
  return { ...world, ...(await world.pair(options)) };
}

async function withRemembered() {
  const storage = memoryStorage();
  let kept: RememberedSession | null = null;
  const memory: SessionMemory = {
    load: async () => kept,
    save: async (session) => {
      kept = session;
    },
  };
  return { memory, storage, ...(await withPair({ storage, sessionMemory: memory })) };
}

it('a group is made, and a message passed on, under the id that the caller gives: a second press asks for the same', async () => {
  const { server, during, ...world } = makeWorld();
  const alice = await world.person('alice');
  await world.person('bob');
  const asked: unknown[] = [];
  server.intercept = (path, _userId, input) => {
    if (path === 'groups.create' || path === 'messages.forward') asked.push(input);
    return undefined;
  };
  const clientGroupId = '01890000-0000-7000-8000-000000000001';
  const { id } = await during(alice.client.groups.create({ name: 'One', memberIds: [], clientGroupId }));
  // Passing on is nothing that this server knows: what counts is what it was asked.
  await expect(during(alice.client.messages.forward(id, [1], [id], clientGroupId))).rejects.toThrow('UNKNOWN_PROCEDURE');
  expect(asked).toMatchObject([{ clientGroupId }, { clientForwardId: clientGroupId }]);
});

it('what was read a moment ago is told before the mark that makes it unread, which it would end', async () => {
  const { server, network, during, alice, bob, id } = await withPair();
  bob.client.messages.send(id, 'one');
  await network.flush();
  const asked: string[] = [];
  server.intercept = (path, userId) => {
    if (userId === 'alice' && path.startsWith('conversations.mark')) asked.push(path);
    return undefined;
  };
  alice.client.conversations.markRead(id, 1);
  // The mark is nothing that this server knows: what counts is the order in which it was asked.
  await expect(during(alice.client.conversations.markUnread(id))).rejects.toThrow('UNKNOWN_PROCEDURE');
  await network.run(2_000);
  expect(asked).toEqual(['conversations.markRead', 'conversations.markUnread']);
});
