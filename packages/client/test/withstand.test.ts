import { AppError, contentToText } from '@nexo/shared';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryStorage, type StorageMaker } from '../src/index.ts';
import { makeWorld, texts, view } from './world.ts';

/** Items that no server of ours sends, or that only a newer one does. */
const strangeItems: unknown[] = [
  null,
  7,
  'text',
  [],
  {},
  { type: 'message.sent', conversationId: 'x', change: 1 },
  { type: 'positions' },
  { type: 'me.joined', userChange: 1_000 },
  { type: 'typing' },
  { type: 'of tomorrow' },
];

describe('data that is not understood', () => {
  it('costs neither the connection nor what comes with it', async () => {
    const { network, server, pair } = makeWorld();
    const { alice, bob, id } = await pair();
    for (const item of strangeItems) server.push('alice', [item]);
    server.push('alice', [...strangeItems, { type: 'resync' }]);
    await network.run(5_000);
    bob.client.messages.send(id, 'still here');
    await network.run(1_000);
    expect(texts(alice, id)).toEqual(['still here']);
    expect(alice.client.store.connection.get().name).toBe('live');
  });

  it('in an event is left to the state diff', async () => {
    const { network, server, pair } = makeWorld();
    const { alice, bob, id } = await pair();
    alice.device.delivering = false;
    bob.client.messages.send(id, 'damaged on its way');
    await network.flush();
    alice.device.sockets.at(-1)?.toClient.splice(0);
    server.push('alice', [{ type: 'message.sent', conversationId: id, change: 1 }]);
    alice.device.delivering = true;
    await network.run(2_000);
    expect(texts(alice, id)).toEqual(['damaged on its way']);
  });

  it('in an answer to a resume costs only the conversation that it is about', async () => {
    const { network, server, pair, during } = makeWorld();
    const { alice, bob, id } = await pair();
    const group = (await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }))).id;
    await network.flush();
    const socket = alice.device.sockets.at(-1);
    alice.device.cut();
    expect(socket?.isClosed).toBe(true);
    bob.client.messages.send(id, 'one');
    bob.client.messages.send(group, 'two');
    await network.flush();
    server.alter = (path, data) => {
      if (path !== 'sync.resume') return data;
      type Repair = { conversationId?: string; conversation?: { id: string } };
      const result = data as { repairs: Repair[] };
      const strange = (repair: Repair) =>
        (repair.conversationId ?? repair.conversation?.id) === id ? { kind: 'of tomorrow', conversationId: id } : repair;
      return { ...result, repairs: result.repairs.map(strange) };
    };
    await network.run(60_000);
    expect(alice.client.store.connection.get().name).toBe('live');
    expect(view(alice, group).lastMessage?.content).toEqual({ type: 'text', text: 'two' });
  });

  it('in a frame does not end the program', async () => {
    const { network, pair } = makeWorld();
    const { alice } = await pair();
    for (const frame of ['{', 'null', '[]', '{"id":1,"error":null}', '{"id":1,"result":null}', '{"id":{},"result":{}}']) {
      alice.device.sockets.at(-1)?.toClient.push(frame);
    }
    await network.run(1_000);
    expect(alice.client.store.connection.get().name).toBe('live');
  });
});

describe('faults of others', () => {
  let faults: unknown[] = [];
  const hear = (fault: unknown) => faults.push(fault);
  let before: NodeJS.UncaughtExceptionListener[] = [];
  beforeEach(() => {
    faults = [];
    before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', hear);
  });
  afterEach(() => {
    process.removeAllListeners('uncaughtException');
    for (const listener of before) process.on('uncaughtException', listener);
  });

  it('in a listener are reported, and keep nobody else from hearing', async () => {
    const { network, pair } = makeWorld();
    const { alice, bob, id } = await pair();
    const heard: number[] = [];
    alice.client.on('message', () => {
      throw new Error('a fault of the listener');
    });
    alice.client.on('message', ({ seq }) => heard.push(seq));
    bob.client.messages.send(id, 'one');
    bob.client.messages.send(id, 'two');
    await network.run(2_000);
    expect(heard).toEqual([1, 2]);
    expect(texts(alice, id)).toEqual(['one', 'two']);
    expect(faults).toHaveLength(2);
  });
});

describe('storage', () => {
  it('that does not answer holds up no message for long', async () => {
    const kept = memoryStorage();
    let hangs = false;
    const storage: StorageMaker = async (userId) => {
      const made = await kept(userId);
      return { ...made, write: (batch) => (hangs ? new Promise(() => {}) : made.write(batch)) };
    };
    const { network, server, pair } = makeWorld();
    const { alice, id } = await pair({ storage });
    hangs = true;
    alice.client.messages.send(id, 'whatever becomes of the disk');
    await network.run(10_000);
    expect(server.messagesOf(id)).toHaveLength(1);
  });

  it('has what is unsent at every moment while it forgets another epoch', async () => {
    const kept = memoryStorage();
    const held: number[] = [];
    const storage: StorageMaker = async (userId) => {
      const made = await kept(userId);
      const look = async () => {
        held.push((await made.loadOutbox()).length);
      };
      return { ...made, write: (batch) => made.write(batch).then(look), clear: () => made.clear().then(look) };
    };
    const { network, server, pair } = makeWorld();
    const { alice, id } = await pair({ storage });
    server.intercept = (path) => {
      if (path === 'messages.send') throw new AppError('OVERLOADED');
      return undefined;
    };
    alice.client.messages.send(id, 'not lost');
    await network.run(2_000);
    held.length = 0;
    server.restore();
    await network.run(20_000);
    expect(held.length).toBeGreaterThan(0);
    expect(held).not.toContain(0);
  });
});

describe('one client for two people', () => {
  it('shows the second nothing that the first had asked for', async () => {
    const { time, network, server, person, during } = makeWorld();
    await person('bob');
    const device = network.device();
    let answer = () => {};
    const { fetch } = device.runtime;
    device.runtime.fetch = async (input, init) => {
      const response = await fetch(input, init);
      if (String(input).includes('conversations.openDirect')) {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
      }
      return response;
    };
    const alice = await person('alice', {}, device);
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    alice.device.cut();
    const late = alice.client.conversations.openDirect('bob');
    late.catch(() => {});
    await time.settle();
    await during(alice.client.auth.register({ userId: 'carol', displayName: 'Carol', password: 'correct horse' }));
    await network.run(1_000);
    answer();
    await network.run(1_000);
    await expect(late).rejects.toThrow();
    expect(server.viewsOf('carol')).toEqual([]);
    expect(alice.client.store.conversation(id).get()).toBeUndefined();
  });

  it('sends what the first had left unsent when the first comes back', async () => {
    const { network, server, pair, during } = makeWorld();
    const { alice, id } = await pair();
    server.intercept = (path) => {
      if (path === 'messages.send') throw new AppError('OVERLOADED');
      return undefined;
    };
    alice.client.messages.send(id, 'later');
    await network.run(1_000);
    await during(alice.client.auth.register({ userId: 'carol', displayName: 'Carol', password: 'correct horse' }));
    server.intercept = null;
    await during(alice.client.auth.login({ userId: 'alice', password: 'correct horse' }));
    await network.run(10_000);
    expect(server.messagesOf(id)).toHaveLength(1);
  });

  it('is the last of two who log in at the same time, wholly', async () => {
    const kept = memoryStorage();
    const storage: StorageMaker = async (userId) => {
      if (userId === 'alice') await new Promise((resolve) => setImmediate(resolve));
      return kept(userId);
    };
    const { network, server, start, person, during } = makeWorld();
    for (const userId of ['alice', 'carol']) await person(userId);
    const { client } = start({ storage });
    const both = [
      client.auth.login({ userId: 'alice', password: 'correct horse' }),
      client.auth.login({ userId: 'carol', password: 'correct horse' }),
    ];
    await during(Promise.all(both));
    await network.run(1_000);
    expect(client.store.me.get()?.id).toBe('carol');
    expect((await (await kept('alice')).loadState())?.me.id).not.toBe('carol');
    expect((await (await kept('carol')).loadState())?.me.id).toBe('carol');
    expect(server.viewsOf('carol')).toEqual([]);
  });
});

describe('at the wrong moment', () => {
  it('a word of lost events during the catching up leads to another one', async () => {
    const { network, server, pair } = makeWorld();
    const { alice } = await pair();
    alice.device.cut();
    let resumes = 0;
    server.intercept = (path, userId) => {
      if (path === 'sync.resume' && userId === 'alice' && ++resumes === 1) server.push('alice', [{ type: 'resync' }]);
      return undefined;
    };
    await network.run(5_000);
    expect(alice.client.store.connection.get().name).toBe('live');
    expect(resumes).toBe(2);
  });

  it('a reset that leaves out an acknowledged message of ours does not keep it at the end', async () => {
    const { network, server, pair } = makeWorld();
    server.sizes.changesMax = 2;
    server.sizes.pageMax = 2;
    const { alice, bob, id } = await pair();
    alice.device.delivering = false;
    bob.client.messages.send(id, 'lost on its way');
    await network.flush();
    const wire = alice.device.sockets.at(-1);
    wire?.toClient.splice(0);
    alice.client.messages.send(id, 'mine');
    await network.flush();
    wire?.deliverToServer();
    wire?.deliverToClient();
    await network.flush();
    alice.device.cut();
    for (let n = 0; n < 6; n++) bob.client.messages.send(id, `then ${n}`);
    await network.flush();
    alice.device.delivering = true;
    await network.run(20_000);
    expect(texts(alice, id)).toEqual(['then 4', 'then 5']);
  });

  it('a page that is refused for now is asked for again', async () => {
    const { network, server, pair, during } = makeWorld();
    const { alice, bob } = await pair();
    const group = (await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }))).id;
    await network.run(1_000);
    let refusals = 2;
    server.intercept = (path, userId) => {
      if (path === 'messages.list' && userId === 'alice' && refusals-- > 0) throw new AppError('OVERLOADED');
      return undefined;
    };
    await during(alice.client.conversations.open(group));
    await network.run(20_000);
    expect(alice.client.store.timeline(group).get().status).toBe('ready');
  });
});

describe('telling of messages', () => {
  it('leaves out none of a conversation that began while nobody was connected', async () => {
    const { network, person, during } = makeWorld();
    const alice = await person('alice');
    const bob = await person('bob');
    const heard: string[] = [];
    alice.client.on('message', ({ content }) => heard.push(content.type === 'notice' ? content.notice : contentToText(content)));
    alice.device.offline = true;
    alice.device.cut();
    const { id } = await during(bob.client.conversations.openDirect('alice'));
    for (const text of ['one', 'two', 'three']) bob.client.messages.send(id, text);
    await network.run(2_000);
    const group = await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }));
    bob.client.messages.send(group.id, 'in the group');
    await network.run(2_000);
    alice.device.offline = false;
    alice.device.tell('online');
    await network.run(5_000);
    bob.client.messages.send(id, 'four');
    await network.run(2_000);
    expect(heard.filter((text) => /one|two|three|four/.test(text))).toEqual(['one', 'two', 'three', 'four']);
    expect(heard).toContain('in the group');
    expect(new Set(heard).size).toBe(heard.length);
  });
});
