import { limits } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../src/index.ts';
import { emptyState } from '../src/reducer/state.ts';
import { sessionInMemory } from '../src/session/session.ts';
import { partsOf } from '../src/sync/catch-up.ts';
import { makeWorld, texts, view } from './world.ts';

describe('catching up', () => {
  it('begins with a snapshot of all pages when there is nothing stored', async () => {
    const { server, network, person, anotherDevice, during } = makeWorld();
    server.sizes.pageMax = 10;
    const alice = await person('alice');
    for (let n = 0; n < 25; n++) await during(alice.client.groups.create({ name: `${n}`, memberIds: [] }));
    await network.flush();
    const again = await anotherDevice('alice');
    expect(again.client.store.conversationIds.get()).toHaveLength(25);
    expect(again.client.store.conversationIds.get()).toEqual(server.viewsOf('alice').map(({ id }) => id));
  });

  it('misses no conversation that moves from a later page to an earlier one while it reads the pages', async () => {
    const { server, network, person, anotherDevice, during } = makeWorld();
    server.sizes.pageMax = 1;
    const alice = await person('alice');
    const ids: string[] = [];
    for (const name of ['first', 'second', 'third']) {
      ids.push((await during(alice.client.groups.create({ name, memberIds: [] }))).id);
      await network.run(1_000);
    }
    const login = server.http('http://x/trpc/auth.login', { body: JSON.stringify({ userId: 'alice' }) });
    const { accessToken } = (login.body as { result: { data: { accessToken: string } } }).result.data;
    let pages = 0;
    server.intercept = (path) => {
      if (path === 'sync.snapshot' && ++pages === 3) {
        const content = { type: 'text', text: 'to the top' };
        const body = JSON.stringify({ conversationId: ids[0], clientMessageId: 'm', content });
        server.http('http://x/trpc/messages.send', { headers: { authorization: `Bearer ${accessToken}` }, body });
      }
      return undefined;
    };
    const again = await anotherDevice('alice');
    expect(new Set(again.client.store.conversationIds.get())).toEqual(new Set(ids));
  });

  it('knows what is of its own doing before the first snapshot has said who it is', async () => {
    const { server, network, person, anotherDevice, start, during } = makeWorld();
    const sessionMemory = sessionInMemory();
    await person('alice');
    const bob = await person('bob', { sessionMemory });
    const phone = await anotherDevice('bob');
    await during(bob.client.stop());
    server.intercept = (path) => (path === 'sync.snapshot' ? 'silent' : undefined);
    const again = start({ sessionMemory });
    const restored = again.client.auth.restore();
    await network.flush();
    const { id } = await during(again.client.conversations.openDirect('alice'));
    phone.client.messages.send(id, 'from the phone');
    await network.flush();
    expect(view(again, id)).toMatchObject({ head: { seq: 1 }, me: { readSeq: 1, unread: 0 } });
    server.intercept = null;
    await during(restored);
  });

  it('keeps the newer profile when the answer to an older change comes after it', async () => {
    const { network, person, anotherDevice, during } = makeWorld();
    const bob = await person('bob');
    const phone = await anotherDevice('bob');
    bob.device.delivering = false;
    const older = bob.client.users.update({ displayName: 'older' });
    const socket = bob.device.sockets.at(-1);
    if (socket === undefined) throw new Error('bob is not connected');
    await network.flush();
    socket.deliverToServer();
    await during(phone.client.users.update({ displayName: 'newer' }));
    const isAnswer = (frame: string) => !Array.isArray((JSON.parse(frame) as { result?: { data?: unknown } }).result?.data);
    const answers = socket.toClient.filter(isAnswer);
    expect(answers).toHaveLength(1);
    socket.toClient = [...socket.toClient.filter((frame) => !isAnswer(frame)), ...answers];
    bob.device.delivering = true;
    await during(older);
    await network.flush();
    expect(bob.client.store.me.get()?.displayName).toBe('newer');
  });

  it('resumes from what is stored, and asks only for what differs', async () => {
    const storage = memoryStorage();
    const { server, network, anotherDevice, alice, bob, id } = await withPair({ storage });
    await alice.client.stop();
    bob.client.messages.send(id, 'while you were away');
    await network.flush();
    const paths: string[] = [];
    server.intercept = (path, userId) => {
      if (userId === 'alice') paths.push(path);
      return undefined;
    };
    const again = await anotherDevice('alice', { storage });
    expect(paths).toEqual(['sync.resume']);
    expect(view(again, id)).toMatchObject({ head: { seq: 1, change: 1 }, me: { unread: 1 }, lastMessage: { seq: 1 } });
  });

  it('takes up again what is stored when it is started after a stop', async () => {
    const storage = memoryStorage();
    const { network, alice, bob, id } = await withPair({ storage });
    await alice.client.stop();
    bob.client.messages.send(id, 'while you were away');
    await network.flush();
    const live = alice.client.start();
    await network.flush();
    await live;
    expect(view(alice, id)).toMatchObject({ head: { seq: 1 }, me: { unread: 1 } });
    await network.run(5_000);
    const kept = await (await storage('alice')).loadConversations();
    expect(kept.map(({ head }) => head.seq)).toEqual([1]);
  });

  it('asks again for conversations that one answer has no room for', async () => {
    const storage = memoryStorage();
    const { server, network, anotherDevice, alice, bob, during } = await withPair({ storage });
    await alice.client.stop();
    for (let n = 0; n < 5; n++) await during(bob.client.groups.create({ name: `${n}`, memberIds: ['alice'] }));
    await network.flush();
    server.sizes.addedMax = 2;
    const again = await anotherDevice('alice', { storage });
    expect(again.client.store.conversationIds.get()).toEqual(server.viewsOf('alice').map(({ id }) => id));
  });

  it('asks again for repairs that one answer has no room for', async () => {
    const { server, network, alice, bob, id, during } = await withPair();
    const ids = [id];
    for (let n = 0; n < 4; n++) ids.push((await during(bob.client.groups.create({ name: `${n}`, memberIds: ['alice'] }))).id);
    await network.flush();
    alice.device.offline = true;
    alice.device.cut();
    for (const one of ids) await during(bob.client.messages.send(one, 'missed').acknowledged);
    server.sizes.repairsMax = 1;
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(1_000);
    const last = ids.map((one) => alice.client.store.conversation(one).get()?.lastMessage?.content);
    expect(last).toEqual(ids.map(() => ({ type: 'text', text: 'missed' })));
  });

  it('refuses a call that fits into no frame by itself, instead of losing the connection over it again and again', async () => {
    const { network, alice, id } = await withPair({ storage: memoryStorage() });
    // Each of these characters takes six bytes in JSON.
    const { acknowledged } = alice.client.messages.send(id, '\u0001'.repeat(limits.messageTextMaxBytes));
    const refused = expect(acknowledged).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' });
    await network.flush();
    await refused;
    expect(alice.client.store.connection.get().name).toBe('live');
  });

  it('takes a reset when it is too far behind, and a reader at the end sees the newest page', async () => {
    const { server, network, alice, bob, id, during } = await withPair();
    server.sizes.changesMax = 5;
    alice.device.offline = true;
    alice.device.cut();
    for (let n = 0; n < 120; n++) bob.client.messages.send(id, `${n}`);
    await network.run(1_000);
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(1_000);
    expect(texts(alice, id).at(-1)).toBe('119');
    const timeline = () => alice.client.store.timeline(id).get();
    expect(timeline()).toMatchObject({ hasBefore: true, hasAfter: false });
    while (timeline().hasBefore) await during(alice.client.conversations.loadBefore(id));
    expect(texts(alice, id)).toEqual(Array.from({ length: 120 }, (_, n) => `${n}`));
  });

  it('drops everything of another epoch but what waits to be sent', async () => {
    const { server, network, alice, bob, id } = await withPair();
    bob.client.messages.send(id, 'kept');
    await network.flush();
    server.backup();
    for (const text of ['lost', 'lost too']) bob.client.messages.send(id, text);
    await network.flush();
    expect(texts(alice, id)).toEqual(['kept', 'lost', 'lost too']);
    alice.device.offline = true;
    alice.device.cut();
    alice.client.messages.send(id, 'written meanwhile');
    server.restore();
    await network.run(3_000);
    alice.device.offline = false;
    alice.client.retryNow();
    await network.run(3_000);
    expect(texts(alice, id)).toEqual(['kept', 'written meanwhile']);
    expect(texts(bob, id)).toEqual(['kept', 'written meanwhile']);
    expect(view(alice, id)).toEqual(server.viewsOf('alice')[0]);
  });

  it('forgets what is stored of another epoch, unsent messages excepted', async () => {
    const storage = memoryStorage();
    const { server, network, alice, bob, id } = await withPair({ storage });
    bob.client.messages.send(id, 'kept');
    await network.flush();
    server.backup();
    bob.client.messages.send(id, 'lost');
    await network.run(1_000);
    server.restore();
    await network.run(5_000);
    const kept = await storage('alice');
    expect((await kept.loadMessages(id, undefined, 9)).map(({ seq }) => seq)).not.toContain(2);
    expect(await kept.loadConversations()).toEqual(server.viewsOf('alice'));
    expect(texts(alice, id)).toEqual(['kept']);
  });

  it('cuts its cursors into parts that together cover everything', () => {
    const ids = Array.from({ length: limits.resumeMaxConversations * 2 + 1 }, (_, n) => `${n}`.padStart(6, '0'));
    const conversations = new Map(ids.map((id) => [id, { view: { id, head: { change: 1 } } }]));
    const parts = partsOf({ ...emptyState, conversations: conversations as never });
    expect(parts.map(({ conversations: cursors }) => cursors.length)).toEqual([500, 500, 1]);
    expect(parts.map(({ after, upTo }) => [after, upTo])).toEqual([
      [undefined, ids[499]],
      [ids[499], ids[999]],
      [ids[999], undefined],
    ]);
    expect(partsOf(emptyState)).toEqual([{ conversations: [] }]);
  });
});

describe('the live rule', () => {
  it('drops what was applied before', async () => {
    const { network, alice, bob, id } = await withPair();
    const heard: number[] = [];
    alice.client.on('message', ({ seq }) => heard.push(seq));
    alice.device.delivering = false;
    bob.client.messages.send(id, 'twice');
    await network.flush();
    const socket = alice.device.sockets.at(-1);
    socket?.toClient.push(...(socket?.toClient ?? []));
    socket?.deliverToClient();
    expect(texts(alice, id)).toEqual(['twice']);
    expect(heard).toEqual([1]);
  });

  it('holds what is early and applies it when what was missing comes, without asking', async () => {
    const { server, network, alice, bob, id } = await withPair();
    alice.device.delivering = false;
    bob.client.messages.send(id, 'first');
    bob.client.messages.send(id, 'second');
    await network.flush();
    const socket = alice.device.sockets.at(-1);
    const asked: string[] = [];
    server.intercept = (path) => {
      asked.push(path);
      return undefined;
    };
    socket?.toClient.reverse();
    socket?.deliverToClient(1);
    expect(texts(alice, id)).toEqual([]);
    alice.device.delivering = true;
    await network.run(1_000);
    expect(texts(alice, id)).toEqual(['first', 'second']);
    expect(asked).not.toContain('sync.changes');
  });

  it('asks for the changes when what is missing does not come within the time to hold', async () => {
    const { server, network, time, alice, bob, id } = await withPair();
    let askedAt = 0;
    server.intercept = (path) => {
      if (path === 'sync.changes') askedAt = time.now();
      return undefined;
    };
    alice.device.delivering = false;
    bob.client.messages.send(id, 'lost');
    bob.client.messages.send(id, 'early');
    await network.flush();
    alice.device.sockets.at(-1)?.toClient.shift();
    alice.device.delivering = true;
    const from = time.now();
    await network.run(2_000);
    expect(texts(alice, id)).toEqual(['lost', 'early']);
    expect(askedAt - from).toBeGreaterThanOrEqual(limits.gapHoldMs);
    expect(askedAt - from).toBeLessThanOrEqual(limits.gapHoldMs + 100);
  });

  it('finds a frame that was lost on a healthy socket by the next note of positions', async () => {
    const { server, network, alice, bob, id } = await withPair();
    alice.device.delivering = false;
    bob.client.messages.send(id, 'lost on the way');
    await network.flush();
    alice.device.sockets.at(-1)?.toClient.splice(0);
    alice.device.delivering = true;
    await network.run(5_000);
    expect(texts(alice, id)).toEqual([]);
    server.tellPositions();
    await network.run(1_000);
    expect(texts(alice, id)).toEqual(['lost on the way']);
    expect(view(alice, id).me.unread).toBe(1);
  });

  it('resumes when the server says that it had to drop events', async () => {
    const { server, network, alice, bob, id } = await withPair();
    alice.device.delivering = false;
    bob.client.messages.send(id, 'dropped');
    await network.flush();
    alice.device.sockets.at(-1)?.toClient.splice(0);
    server.push('alice', [{ type: 'resync' }]);
    alice.device.delivering = true;
    await network.run(1_000);
    expect(texts(alice, id)).toEqual(['dropped']);
  });

  it('skips types that it does not know without losing its place', async () => {
    const { server, network, alice, bob, id } = await withPair();
    bob.client.messages.send(id, 'one');
    await network.flush();
    server.push('alice', [
      { type: 'mood.changed', mood: 'unheard of' },
      { type: 'message.animated', conversationId: id, change: 2 },
      { type: 'me.horoscope', userChange: 10_000 },
    ]);
    await network.run(2_000);
    bob.client.messages.send(id, 'two');
    await network.run(2_000);
    expect(texts(alice, id)).toEqual(['one', 'two']);
    expect(view(alice, id)).toEqual(server.viewsOf('alice')[0]);
  });

  it('tells each message once and in order, also those that came by a repair', async () => {
    const { server, network, alice, bob, id } = await withPair();
    const heard: number[] = [];
    alice.client.on('message', ({ seq }) => heard.push(seq));
    for (let n = 0; n < 10; n++) {
      alice.device.delivering = n % 3 !== 0;
      bob.client.messages.send(id, `${n}`);
      await network.flush();
      if (n % 3 === 0) alice.device.sockets.at(-1)?.toClient.splice(0);
    }
    alice.device.delivering = true;
    server.tellPositions();
    await network.run(3_000);
    expect(heard).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('tells once of a conversation that begins while a resume is under way, though both the stream and the answer bring it', async () => {
    const { server, network, alice } = await withPair();
    const heard: string[] = [];
    alice.client.on('message', ({ content }) => heard.push(content.type));
    const login = server.http('http://x/trpc/auth.login', { body: JSON.stringify({ userId: 'bob' }) });
    const { accessToken } = (login.body as { result: { data: { accessToken: string } } }).result.data;
    let isBegun = false;
    server.intercept = (path, userId) => {
      if (path !== 'sync.resume' || userId !== 'alice' || isBegun) return undefined;
      isBegun = true;
      const body = JSON.stringify({ name: 'Two', memberIds: ['alice'] });
      server.http('http://x/trpc/groups.create', { headers: { authorization: `Bearer ${accessToken}` }, body });
      return undefined;
    };
    alice.device.cut();
    await network.run(20_000);
    expect(isBegun).toBe(true);
    expect(heard).toEqual(['notice']);
  });

  it('tells of the notice with which somebody comes back, and of each message after it once', async () => {
    const { server, network, alice, bob, during } = await withPair();
    const { id } = await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }));
    await network.flush();
    await during(alice.client.groups.leave(id));
    await network.run(1_000);
    const heard: number[] = [];
    alice.client.on('message', ({ conversationId, seq }) => conversationId === id && heard.push(seq));
    // As the server tells who comes back: their view, and no event of what made it.
    alice.device.delivering = false;
    server.addMember(id, 'alice');
    const socket = alice.device.sockets.at(-1);
    const told = socket?.toClient.splice(0).filter((frame) => frame.includes('me.joined')) ?? [];
    expect(told).toHaveLength(1);
    socket?.toClient.push(...told);
    alice.device.delivering = true;
    await network.flush();
    const back = view(alice, id).me.visible.at(-1)?.from ?? 0;
    bob.client.messages.send(id, 'welcome back');
    await network.run(1_000);
    expect(heard).toEqual([back, back + 1]);
  });

  it('learns its own role also from a node that missed the change of it and tells of the member as it is', async () => {
    const { server, network, alice, bob, during } = await withPair();
    const { id } = await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }));
    await network.flush();
    const change = view(alice, id).head.change + 1;
    const member = { userId: 'alice', role: 'owner', joinedAt: 0, readSeq: 0 };
    server.push('alice', [{ type: 'member.joined', conversationId: id, change, member, memberCount: 2 }]);
    await network.flush();
    expect(view(alice, id).me.role).toBe('owner');
  });

  it('keeps its own role when what was asked before the change of it is answered after', async () => {
    const { server, network, alice, bob, during } = await withPair();
    const { id } = await during(bob.client.groups.create({ name: 'Two', memberIds: ['alice'] }));
    await network.flush();
    alice.device.delivering = false;
    server.push('alice', [{ type: 'positions', conversations: [{ id, change: 99 }] }]);
    const member = { userId: 'alice', role: 'owner', joinedAt: 0, readSeq: 0 };
    const change = view(alice, id).head.change + 1;
    const socket = alice.device.sockets.at(-1);
    socket?.deliver();
    await network.flush();
    // The question is at the server, which answers; before the answer comes the word of the new role.
    socket?.deliverToServer();
    const answer = socket?.toClient.splice(0) ?? [];
    expect(answer).toHaveLength(1);
    server.push('alice', [{ type: 'member.updated', conversationId: id, change, member }]);
    socket?.toClient.push(...answer);
    alice.device.delivering = true;
    await network.flush();
    expect(view(alice, id).me.role).toBe('owner');
  });
});

describe('membership', () => {
  it('shows a new conversation as soon as something is said in it', async () => {
    const { network, person, during } = makeWorld();
    const alice = await person('alice');
    const bob = await person('bob');
    const { id } = await during(alice.client.conversations.openDirect('bob'));
    await network.flush();
    expect(alice.client.store.conversationIds.get()).toEqual([id]);
    expect(bob.client.store.conversationIds.get()).toEqual([]);
    alice.client.messages.send(id, 'hi');
    await network.flush();
    expect(bob.client.store.conversationIds.get()).toEqual([id]);
    expect(bob.client.store.totalUnread.get()).toBe(1);
  });

  it('keeps the history of who has left, and nothing later', async () => {
    const { network, server, person, during } = makeWorld();
    const alice = await person('alice');
    const bob = await person('bob');
    const { id } = await during(alice.client.groups.create({ name: 'Two', memberIds: ['bob'] }));
    await network.flush();
    await during(bob.client.conversations.open(id));
    alice.client.messages.send(id, 'before');
    await network.flush();
    await during(bob.client.groups.leave(id));
    alice.client.messages.send(id, 'after');
    await network.run(2_000);
    expect(texts(bob, id)).toEqual(['group.created', 'before']);
    expect(view(bob, id).me.leftAt).toBeTypeOf('number');
    expect(view(alice, id).group).toEqual({ name: 'Two', memberCount: 1 });

    server.addMember(id, 'bob');
    await network.run(2_000);
    alice.client.messages.send(id, 'again');
    await network.run(2_000);
    expect(view(bob, id).me.leftAt).toBeUndefined();
    expect(texts(bob, id)).toEqual(['group.created', 'before', 'member.joined', 'again']);
  });
});

async function withPair(options: Parameters<ReturnType<typeof makeWorld>['pair']>[0] = {}) {
  const world = makeWorld();
  return { ...world, ...(await world.pair(options)) };
}
