import { AppError, type MessageView } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../src/index.ts';
import { withGone } from '../src/reducer/disappearing.ts';
import { makeWorld, type Person, texts, view } from './world.ts';

const reactionsOf = ({ client }: Person, id: string, seq: number) =>
  client.store
    .timeline(id)
    .get()
    .items.find((item) => item.seq === seq)
    ?.reactions?.map(({ emoji, count }) => `${emoji}${count}`) ?? [];

/** Two people, and three messages of Alice that both see. */
async function withThree(options = {}) {
  const world = makeWorld();
  const pair = await world.pair(options);
  for (const words of ['one', 'two', 'three']) pair.alice.client.messages.send(pair.id, words);
  await world.network.run(1_000);
  return { ...world, ...pair };
}

type Net = Pick<ReturnType<typeof makeWorld>, 'server' | 'network'>;

/** Loses what is on its way to a device of Bob's and makes it ask for what it has missed; the answer waits in the socket. */
async function askAnew({ device }: Person, { server, network }: Net) {
  const socket = device.sockets.at(-1);
  socket?.toClient.splice(0);
  server.push('bob', [{ type: 'resync' }]);
  socket?.deliverToClient();
  await network.flush();
  socket?.deliverToServer();
  return socket;
}

/** The same, and the answer comes only when something else was done and told since. */
async function answeredLate(person: Person, net: Net, meanwhile: () => Promise<unknown>): Promise<void> {
  const { network } = net;
  const socket = await askAnew(person, net);
  const answers = socket?.toClient.splice(0) ?? [];
  expect(answers).toHaveLength(1);
  await meanwhile();
  socket?.deliverToClient();
  await network.flush();
  socket?.toClient.push(...answers);
  person.device.delivering = true;
  await network.run(1_000);
}

describe('an edit', () => {
  it('is seen by both at once, in the row, in the list and in quotes, with what it said before', async () => {
    const { alice, bob, id, network, during } = await withThree();
    bob.client.messages.send(id, 'an answer', { replyTo: 3 });
    await network.run(1_000);
    await during(alice.client.messages.edit(id, 3, 'drei'));
    await network.run(1_000);
    for (const person of [alice, bob]) {
      expect(texts(person, id)).toEqual(['one', 'two', 'drei', 'an answer']);
      expect(view(person, id).lastMessage?.replyTo).toMatchObject({ seq: 3, excerpt: 'drei' });
      expect(person.client.store.timeline(id).get().items.at(-1)?.replyTo).toMatchObject({ excerpt: 'drei' });
    }
  });

  it('replaces the stored words: the next visit does not show the old ones, even without a network', async () => {
    const storage = memoryStorage();
    const { alice, bob, id, network, during } = await withThree({ storage });
    bob.device.offline = true;
    await during(alice.client.messages.edit(id, 1, 'eins'));
    await during(alice.client.messages.revoke(id, 2));
    await network.run(1_000);
    const kept = await storage('alice');
    expect((await kept.loadMessages(id, undefined, 9)).map(({ content }) => content)).toEqual([
      { type: 'text', text: 'eins' },
      { type: 'revoked', revokedBy: 'alice' },
      { type: 'text', text: 'three' },
    ]);
  });

  it('and a reaction are not missing from what is stored, whether the message was loaded here or not', async () => {
    const storage = memoryStorage();
    const { alice, bob, id, network, during, start } = await withThree({ storage });
    await network.run(1_000);
    await alice.client.stop();
    const again = start({ storage });
    await during(again.client.auth.login({ userId: 'alice', password: '' }));
    await during(again.client.start());
    for (const seq of [2, 3]) await during(bob.client.messages.react(id, seq, '👍', true));
    await network.run(1_000);
    const kept = await (await storage('alice')).loadMessages(id, undefined, 9);
    // Of what is not loaded nothing is better than what was.
    expect(kept.map(({ seq, reactions }) => [seq, reactions?.length])).toEqual([
      [1, undefined],
      [3, 1],
    ]);
  });

  it('that was missed is repaired in loaded rows and in storage', async () => {
    const storage = memoryStorage();
    const { alice, bob, id, network, during, anotherDevice } = await withThree({ storage });
    const phone = await anotherDevice('alice');
    alice.device.offline = true;
    alice.device.cut();
    await during(phone.client.messages.edit(id, 1, 'eins'));
    await during(phone.client.messages.revoke(id, 3));
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(3_000);
    for (const person of [alice, bob]) expect(texts(person, id)).toEqual(['eins', 'two', 'revoked']);
    const kept = await storage('alice');
    expect((await kept.loadMessages(id, undefined, 9)).map(({ content }) => content.type)).toEqual(['text', 'text', 'revoked']);
  });
});

describe('a message that is gone', () => {
  it('counts no longer, but for who had left before: of them it comes without the number of its going', async () => {
    const { bob, id } = await withThree();
    const me = { ...view(bob, id).me, readSeq: 0, readCountable: 0 };
    const message = { ...(view(bob, id).lastMessage as MessageView), content: { type: 'revoked' as const, revokedBy: 'alice' } };
    expect(withGone(me, { ...message, contentChange: 9 }).gone).toEqual([{ from: 3, to: 3 }]);
    expect(withGone(me, message).gone).toBeUndefined();
  });
});

describe('what was changed while a device was too far behind for a diff', () => {
  it('is asked for again: nothing that was revoked meanwhile stays, neither loaded nor stored', async () => {
    const storage = memoryStorage();
    const { alice, id, network, during, anotherDevice, server } = await withThree({ storage });
    server.sizes.changesMax = 4;
    server.sizes.pageMax = 3;
    const phone = await anotherDevice('alice');
    alice.device.offline = true;
    alice.device.cut();
    await during(phone.client.messages.edit(id, 1, 'eins'));
    await during(phone.client.messages.revoke(id, 2));
    for (let i = 4; i <= 9; i++) phone.client.messages.send(id, `${i}`);
    await network.run(2_000);
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(5_000);
    while (alice.client.store.timeline(id).get().hasBefore) await during(alice.client.conversations.loadBefore(id));
    expect(texts(alice, id)).toEqual(['eins', 'revoked', 'three', '4', '5', '6', '7', '8', '9']);
    await network.run(1_000);
    const kept = await (await storage('alice')).loadMessages(id, undefined, 20);
    expect(JSON.stringify(kept)).not.toMatch(/"one"|"two"/);
  });

  it('is asked for again also when the connection held and only events were lost', async () => {
    const { alice, id, network, during, anotherDevice, server } = await withThree();
    server.sizes.changesMax = 2;
    server.sizes.pageMax = 5;
    const phone = await anotherDevice('alice');
    alice.device.delivering = false;
    await during(phone.client.messages.revoke(id, 1));
    for (let i = 4; i <= 6; i++) phone.client.messages.send(id, `${i}`);
    await network.run(2_000);
    alice.device.sockets.at(-1)?.toClient.splice(0);
    alice.device.delivering = true;
    server.push('alice', [{ type: 'resync' }]);
    await network.run(2_000);
    expect(alice.device.sockets).toHaveLength(1);
    expect(texts(alice, id)).toEqual(['revoked', 'two', 'three', '4', '5', '6']);
  });

  it('leaves nothing in storage of what nobody has looked at since', async () => {
    const storage = memoryStorage();
    const { alice, id, network, during, anotherDevice, start, server } = await withThree({ storage });
    await network.run(1_000);
    alice.device.kill();
    server.sizes.changesMax = 4;
    server.sizes.pageMax = 3;
    const phone = await anotherDevice('alice');
    await during(phone.client.messages.revoke(id, 2));
    for (let i = 4; i <= 9; i++) phone.client.messages.send(id, `${i}`);
    await network.run(2_000);
    const kept = await storage('alice');
    expect(JSON.stringify(await kept.loadMessages(id, undefined, 20))).toContain('"two"');
    await during(start({ storage }).client.auth.login({ userId: 'alice', password: '' }));
    await network.run(5_000);
    expect(JSON.stringify(await kept.loadMessages(id, undefined, 20))).not.toContain('"two"');
  });

  it('keeps its place for who reads further up', async () => {
    const { alice, id, network, during, anotherDevice, server } = await withThree();
    for (let i = 4; i <= 12; i++) alice.client.messages.send(id, `${i}`);
    await network.run(2_000);
    server.sizes.changesMax = 2;
    server.sizes.pageMax = 3;
    const tablet = await anotherDevice('alice');
    await during(tablet.client.conversations.open(id));
    await during(tablet.client.conversations.loadAround(id, 2));
    expect(texts(tablet, id)).toEqual(['one', 'two', 'three']);
    tablet.device.offline = true;
    tablet.device.cut();
    await during(alice.client.messages.revoke(id, 2));
    for (let i = 13; i <= 19; i++) alice.client.messages.send(id, `${i}`);
    await network.run(2_000);
    tablet.device.offline = false;
    tablet.client.retryNow();
    await network.run(5_000);
    expect(texts(tablet, id)).toEqual(['one', 'revoked', 'three']);
  });
});

describe('an answer that was read before a change and comes after it', () => {
  /** A device of Bob's that shows the newest three of nine messages, to which an answer comes only after what is done meanwhile. */
  async function withLateAnswer(storage = memoryStorage()) {
    const world = await withThree();
    const { alice, id, network, during, anotherDevice, server } = world;
    for (let i = 4; i <= 9; i++) alice.client.messages.send(id, `${i}`, i === 6 ? { replyTo: 4 } : {});
    await network.run(2_000);
    server.sizes.pageMax = 3;
    const phone = await anotherDevice('bob', { storage });
    await during(phone.client.conversations.open(id));
    expect(texts(phone, id)).toEqual(['7', '8', '9']);
    async function late(asking: () => Promise<void>, meanwhile: () => Promise<void>): Promise<void> {
      phone.device.delivering = false;
      const asked = asking();
      await network.flush();
      const socket = phone.device.sockets.at(-1);
      socket?.deliverToServer();
      const answers = socket?.toClient.splice(0) ?? [];
      expect(answers).toHaveLength(1);
      await during(meanwhile());
      await network.run(200);
      socket?.toClient.push(...answers);
      phone.device.delivering = true;
      await during(asked);
    }
    return { ...world, phone, late, storage };
  }

  it('brings no older version of a message: neither to be seen, nor into a quote, nor into storage', async () => {
    const { alice, bob, id, network, during, phone, late, storage } = await withLateAnswer();
    await late(
      () => phone.client.conversations.loadBefore(id),
      async () => {
        await alice.client.messages.edit(id, 4, 'vier');
        await alice.client.messages.revoke(id, 5);
        await during(bob.client.messages.react(id, 6, '👍', true));
        await during(alice.client.messages.react(id, 6, '🎉', true));
      },
    );
    expect(texts(phone, id)).toEqual(['vier', 'revoked', '6', '7', '8', '9']);
    expect(reactionsOf(phone, id, 6)).toEqual(['👍1', '🎉1']);
    expect(phone.client.store.timeline(id).get().items[2]?.replyTo).toMatchObject({ seq: 4, excerpt: 'vier' });
    await network.run(1_000);
    const kept = await (await storage('bob')).loadMessages(id, undefined, 20);
    expect(kept.map(({ content }) => ('text' in content ? content.text : content.type))).toContain('revoked');
    expect(JSON.stringify(kept)).not.toMatch(/"text":"[45]"/);
  });

  it('is asked for again when the cursor has jumped over it meanwhile', async () => {
    const { alice, id, phone, late, server, network, during } = await withLateAnswer();
    await during(phone.client.conversations.loadBefore(id));
    server.sizes.changesMax = 2;
    await late(
      () => phone.client.conversations.loadBefore(id),
      async () => {
        await alice.client.messages.revoke(id, 2);
        for (let i = 10; i <= 13; i++) alice.client.messages.send(id, `${i}`);
        await network.run(1_000);
        const socket = await askAnew(phone, { server, network });
        socket?.deliverToClient();
        await network.flush();
      },
    );
    await network.run(1_000);
    expect(view(phone, id).head.seq).toBe(13);
    expect(texts(phone, id).slice(0, 4)).toEqual(['one', 'revoked', 'three', '4']);
  });

  it('brings nothing back that was removed, into storage neither', async () => {
    const { bob, id, phone, late, storage, network } = await withLateAnswer();
    await late(
      () => phone.client.conversations.loadBefore(id),
      async () => {
        await bob.client.messages.remove(id, [5]);
        await network.run(1_000);
        const [told] = phone.device.sockets.at(-1)?.toClient.splice(0) ?? [];
        if (told !== undefined) phone.device.sockets.at(-1)?.toClient.push(told);
        phone.device.sockets.at(-1)?.deliverToClient();
        // It is gone from storage before the answer comes.
        await network.run(1_000);
      },
    );
    await network.run(1_000);
    expect(texts(phone, id)).toEqual(['4', '6', '7', '8', '9']);
    expect((await (await storage('bob')).loadMessages(id, undefined, 20)).map(({ seq }) => seq)).not.toContain(5);
  });
});

it('what is stored is shown as it was told to be since, also before that is stored', async () => {
  const storage = memoryStorage();
  const { alice, id, network, during, anotherDevice, start } = await withThree();
  const phone = await anotherDevice('bob', { storage });
  await during(phone.client.conversations.open(id));
  await network.run(1_000);
  await during(phone.client.stop());
  const again = start({ storage });
  await during(again.client.auth.login({ userId: 'bob', password: '' }));
  await during(again.client.start());
  const revoking = alice.client.messages.revoke(id, 2);
  await network.flush();
  await revoking;
  again.device.delivering = false;
  const opened = again.client.conversations.open(id);
  await network.flush();
  expect(texts(again, id)).toEqual(['one', 'revoked', 'three']);
  again.device.delivering = true;
  await during(opened);
});

it('a quote that waits to be sent has the words that its message has now', async () => {
  const { alice, bob, id, during, network } = await withThree();
  bob.device.offline = true;
  bob.device.cut();
  bob.client.messages.send(id, 'an answer', { replyTo: 2 });
  await network.flush();
  const quote = () => bob.client.store.timeline(id).get().items.at(-1)?.replyTo;
  expect(quote()).toMatchObject({ excerpt: 'two' });
  await during(alice.client.messages.revoke(id, 2));
  bob.device.offline = false;
  const seen: unknown[] = [];
  bob.client.store.timeline(id).subscribe(() => seen.push([texts(bob, id)[1], quote()?.excerpt]));
  bob.client.retryNow();
  await network.run(3_000);
  expect(seen).not.toContainEqual(['revoked', 'two']);
  expect(quote()).toMatchObject({ excerpt: '', revoked: true });
});

describe('a revocation', () => {
  it('of what is unread counts no more, whatever is read here before the server knows', async () => {
    const { alice, bob, id, network, during } = await withThree();
    expect(view(bob, id).me.unread).toBe(3);
    await during(alice.client.messages.revoke(id, 2));
    await network.run(100);
    expect(view(bob, id).me).toMatchObject({ unread: 2, gone: [{ from: 2, to: 2 }] });
    bob.client.conversations.markRead(id, 1);
    expect(view(bob, id).me.unread).toBe(1);
    bob.client.conversations.markRead(id, 2);
    expect(view(bob, id).me.unread).toBe(1);
    await network.run(2_000);
    expect(view(bob, id).me.unread).toBe(1);
    expect(view(bob, id).me).not.toHaveProperty('gone');
    await during(alice.client.messages.revoke(id, 3));
    await network.run(100);
    expect(bob.client.store.totalUnread.get()).toBe(0);
  });
});

describe('a reaction', () => {
  it('is shown at once and taken back when the server refuses it', async () => {
    const { bob, id, network, server } = await withThree();
    server.intercept = (path) => {
      if (path === 'messages.react') throw new AppError('MESSAGE_REVOKED');
      return undefined;
    };
    const reacting = bob.client.messages.react(id, 1, '👍', true);
    const refused = expect(reacting).rejects.toThrow();
    expect(reactionsOf(bob, id, 1)).toEqual(['👍1']);
    await network.run(1_000);
    await refused;
    expect(reactionsOf(bob, id, 1)).toEqual([]);
  });

  it('of several presses ends as the last one, and never flickers on the way', async () => {
    const { alice, bob, id, network } = await withThree();
    const seen: string[] = [];
    bob.client.store.timeline(id).subscribe(() => seen.push(reactionsOf(bob, id, 1).join()));
    for (const on of [true, false, true]) void bob.client.messages.react(id, 1, '❤', on);
    await network.run(2_000);
    expect(reactionsOf(alice, id, 1)).toEqual(['❤️1']);
    expect(reactionsOf(bob, id, 1)).toEqual(['❤️1']);
    // What is shown changes with the presses, and not with the answers that come meanwhile.
    expect(seen.filter((shown) => shown === '')).toHaveLength(1);
  });
});

it('an answer that changed nothing does not take the place of the event that has its number', async () => {
  const { alice, bob, id, network, during, server } = await withThree();
  bob.device.delivering = false;
  alice.client.messages.send(id, 'four');
  await network.run(100);
  bob.device.sockets.at(-1)?.toClient.splice(0);
  bob.device.delivering = true;
  await during(bob.client.messages.react(id, 4, '👍', false));
  server.tellPositions();
  await network.run(2_000);
  expect(texts(bob, id)).toEqual(['one', 'two', 'three', 'four']);
});

describe('what is removed', () => {
  it('goes from all devices at once, and what is new follows without a hole', async () => {
    const { alice, bob, id, network, during, anotherDevice } = await withThree();
    const phone = await anotherDevice('bob');
    await during(phone.client.conversations.open(id));
    await during(bob.client.messages.remove(id, [1, 3]));
    await network.run(100);
    for (const device of [bob, phone]) {
      expect(texts(device, id)).toEqual(['two']);
      expect(view(device, id).lastMessage?.seq).toBe(2);
      expect(view(device, id).me.unread).toBe(1);
    }
    alice.client.messages.send(id, 'four');
    await network.run(1_000);
    for (const device of [bob, phone]) {
      expect(texts(device, id)).toEqual(['two', 'four']);
      expect(device.client.store.timeline(id).get().hasAfter).toBe(false);
    }
    expect(texts(alice, id)).toEqual(['one', 'two', 'three', 'four']);
  });

  it('leaves no hole on a device that loads the page afterwards, though it was the newest', async () => {
    const { alice, bob, id, network, during, anotherDevice } = await withThree();
    await during(bob.client.messages.remove(id, [3]));
    const phone = await anotherDevice('bob');
    await during(phone.client.conversations.open(id));
    expect(texts(phone, id)).toEqual(['one', 'two']);
    alice.client.messages.send(id, 'four');
    await network.run(1_000);
    expect(texts(phone, id)).toEqual(['one', 'two', 'four']);
    expect(phone.client.store.timeline(id).get().hasAfter).toBe(false);
  });

  it('stays removed on a device that was away, and in its storage', async () => {
    const storage = memoryStorage();
    const { alice, id, network, during, anotherDevice } = await withThree({ storage });
    const phone = await anotherDevice('alice');
    alice.device.offline = true;
    alice.device.cut();
    await during(phone.client.messages.remove(id, [3]));
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(3_000);
    expect(texts(alice, id)).toEqual(['one', 'two']);
    expect(view(alice, id).lastMessage?.seq).toBe(2);
    const kept = await storage('alice');
    expect((await kept.loadMessages(id, undefined, 9)).map(({ seq }) => seq)).toEqual([1, 2]);
  });
});

it('what was removed while a device was away is learnt from an answer that the stream has overtaken', async () => {
  const { alice, bob, id, network, during, anotherDevice, server } = await withThree();
  const phone = await anotherDevice('bob');
  phone.device.delivering = false;
  await during(bob.client.messages.remove(id, [3]));
  await answeredLate(phone, { server, network }, () => during(alice.client.messages.react(id, 2, '👍', true)));
  expect(view(phone, id)).toEqual(view(bob, id));
  expect(view(phone, id)).toMatchObject({ lastMessage: { seq: 2 }, me: { unread: 2 } });
});

it('what is the last message after a removal is known to a device that has heard of neither', async () => {
  const { alice, bob, id, network, during, anotherDevice, server } = await withThree();
  const phone = await anotherDevice('bob');
  server.sizes.changesMax = 1;
  phone.device.delivering = false;
  for (const words of ['four', 'five']) alice.client.messages.send(id, words);
  await network.run(1_000);
  await answeredLate(phone, { server, network }, () => during(bob.client.messages.remove(id, [5])));
  expect(view(phone, id)).toEqual(view(bob, id));
  expect(view(phone, id)).toMatchObject({ lastMessage: { seq: 4 } });
});

it('what was taken back shows no words, also when a repair leaves it out that was read after it was removed', async () => {
  const { alice, bob, id, network, during, anotherDevice, server } = await withThree();
  const phone = await anotherDevice('alice');
  await during(phone.client.conversations.open(id));
  phone.device.delivering = false;
  const socket = phone.device.sockets.at(-1);
  bob.client.messages.send(id, 'four');
  await network.run(1_000);
  socket?.toClient.splice(0);
  void phone.client.messages.revoke(id, 3);
  await network.flush();
  socket?.deliverToServer();
  const answer = socket?.toClient.splice(0) ?? [];
  await during(alice.client.messages.remove(id, [3]));
  socket?.toClient.splice(0, Infinity, ...answer);
  socket?.deliverToClient();
  // What is missing before it is asked for.
  await network.run(1_000);
  socket?.deliverToServer();
  socket?.deliverToClient();
  await network.flush();
  expect(view(phone, id)?.head.change).toBe(view(alice, id)?.head.change);
  expect(
    phone.client.store
      .timeline(id)
      .get()
      .items.map(({ content }) => content.type),
  ).toEqual(['text', 'text', 'revoked', 'text']);
  phone.device.delivering = true;
  server.push('alice', [{ type: 'resync' }]);
  await network.run(1_000);
  expect(texts(phone, id)).toEqual(['one', 'two', 'four']);
});

describe('a pin', () => {
  it('is seen by everybody until it is taken away, or its message revoked', async () => {
    const { alice, bob, id, network, during } = await withThree();
    await during(alice.client.messages.pin(id, 2, true));
    await during(bob.client.messages.pin(id, 1, true));
    await network.run(100);
    const pinned = () => [alice, bob].map((person) => view(person, id).pins?.map(({ seq }) => seq));
    expect(pinned()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    await during(alice.client.messages.revoke(id, 2));
    await during(alice.client.messages.pin(id, 1, false));
    await network.run(1_000);
    expect(pinned()).toEqual([undefined, undefined]);
  });
});
