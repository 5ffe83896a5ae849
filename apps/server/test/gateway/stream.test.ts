import type { BusMessage } from '@nexo/api';
import { LocalBus } from '@nexo/api';
import type { StreamItem } from '@nexo/shared';
import { describe, expect, it, vi } from 'vitest';
import {
  aMessage,
  eventually,
  itemsOf,
  type LiveClient,
  liveClient,
  rawSocket,
  startTestServer,
  subscribeToEvents,
  type TestServer,
  textOf,
} from './harness.ts';

/** A bus whose messages a test may hold back, drop and reorder. */
class UnreliableBus extends LocalBus {
  /** What becomes of a publication: by default it goes through. */
  route: (messages: readonly BusMessage[]) => void = (messages) => super.publish(messages);

  override publish(messages: readonly BusMessage[]): void {
    this.route(messages);
  }

  deliver(messages: readonly BusMessage[]): void {
    super.publish(messages);
  }
}

const quiet = { error: () => {} };
/** The tail is kept out of it, so that a test shows what the node does by itself. */
const withoutTail = { tailEveryMs: 3_600_000 };

async function group(server: TestServer, ...names: string[]) {
  const [first, ...others] = await Promise.all(names.map((name) => server.user(name)));
  if (first === undefined) throw new Error('nobody');
  const chat = await first.http.groups.create.mutate({ name: 'all', memberIds: others.map((user) => user.id) });
  return { users: [first, ...others], owner: first, id: chat.id };
}

/** Numbers of a conversation's events, as they came. */
function changesOf(items: readonly StreamItem[], conversationId: string): number[] {
  return items.flatMap((item) => ('change' in item && item.conversationId === conversationId ? [item.change] : []));
}

function isAscendingWithoutHoles(changes: number[]): boolean {
  return changes.every((change, i) => i === 0 || change === (changes[i - 1] ?? 0) + 1);
}

describe('G9 sync.events', () => {
  it('brings every event from `started` on, whatever happens while it begins', async () => {
    await using server = await startTestServer();
    const { owner, id } = await group(server, 'ann', 'ben');
    let sent = 0;
    let going = true;
    const sending = (async () => {
      while (going) await owner.http.messages.send.mutate(aMessage(id, String(++sent)));
    })();
    const rounds = [];
    for (let round = 0; round < 5; round++) {
      await using socket = await rawSocket(server.url, { token: owner.token });
      socket.send(subscribeToEvents(1));
      await eventually(() => expect(socket.frames).toContain('{"id":1,"result":{"type":"started"}}'));
      const { head } = await owner.http.messages.list.query({ conversationId: id, limit: 1 });
      await eventually(() => expect(changesOf(itemsOf(socket.frames), id).at(-1) ?? 0).toBeGreaterThan(head.change));
      const changes = changesOf(itemsOf(socket.frames), id);
      expect(changes[0]).toBeLessThanOrEqual(head.change + 1);
      expect(isAscendingWithoutHoles(changes)).toBe(true);
      rounds.push(changes.length);
    }
    going = false;
    await sending;
    expect(rounds).toHaveLength(5);
  });

  it('gathers what comes together into one message', async () => {
    await using server = await startTestServer();
    const { owner, id } = await group(server, 'ann', 'ben');
    await using b = await liveClient(server.url, owner.token);
    await Promise.all(Array.from({ length: 100 }, (_, i) => b.trpc.messages.send.mutate(aMessage(id, String(i)))));
    await eventually(() => expect(textOf(b.items)).toHaveLength(100));
    expect(b.batches()).toBeLessThan(60);
    expect(isAscendingWithoutHoles(changesOf(b.items, id))).toBe(true);
  });

  it('A6 reaches every session of every member, and nobody else', async () => {
    await using server = await startTestServer();
    const { users, owner, id } = await group(server, 'ann', 'ben', 'cem');
    const stranger = await server.user('stranger');
    const clients = await Promise.all([...users, owner, stranger].map((user) => liveClient(server.url, user.token)));
    await owner.http.messages.send.mutate(aMessage(id, 'to all'));
    await owner.http.messages.typing.mutate({ conversationId: id, typing: true });
    const heard = clients.slice(0, -1);
    await eventually(() => {
      for (const client of heard) expect(client.items.map((item) => item.type)).toEqual(['message.sent', 'typing']);
    });
    await clients.at(-1)?.trpc.users.me.query();
    expect(clients.at(-1)?.items).toEqual([]);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
});

describe('G10 events of a conversation come in the order of `change`, each once', () => {
  async function withBus(
    work: (bus: UnreliableBus, client: LiveClient, send: (text: string) => Promise<unknown>) => Promise<void>,
  ) {
    const bus = new UnreliableBus(quiet);
    await using server = await startTestServer({ bus, timing: { ...withoutTail, holdMs: 50 } });
    const { owner, id } = await group(server, 'ann', 'ben');
    await using client = await liveClient(server.url, owner.token);
    await work(bus, client, (text) => owner.http.messages.send.mutate(aMessage(id, text)));
  }

  it('when the bus brings them in the wrong order', async () => {
    await withBus(async (bus, client, send) => {
      const held: (readonly BusMessage[])[] = [];
      bus.route = (messages) => held.push(messages);
      for (const text of ['1', '2', '3', '4']) await send(text);
      for (const at of [2, 0, 3, 1]) bus.deliver(held[at] ?? []);
      await eventually(() => expect(textOf(client.items)).toEqual(['1', '2', '3', '4']));
      expect(client.items.every((item) => item.type === 'message.sent')).toBe(true);
    });
  });

  it('when the bus brings them twice', async () => {
    await withBus(async (bus, client, send) => {
      bus.route = (messages) => {
        bus.deliver(messages);
        bus.deliver(messages);
      };
      for (const text of ['1', '2', '3']) await send(text);
      await eventually(() => expect(textOf(client.items)).toEqual(['1', '2', '3']));
      await client.trpc.users.me.query();
      expect(textOf(client.items)).toEqual(['1', '2', '3']);
    });
  });

  it('when the bus loses some: the node reads them from the database, and says where it is', async () => {
    await withBus(async (bus, client, send) => {
      await send('1');
      bus.route = () => {};
      await send('2');
      await send('3');
      bus.route = (messages) => bus.deliver(messages);
      await send('4');
      await eventually(() => expect(textOf(client.items)).toEqual(['1', '2', '3', '4']));
      await eventually(() => expect(client.items.at(-1)?.type).toBe('positions'));
      const last = client.items.findLast((item) => item.type === 'message.sent');
      expect(client.items.at(-1)).toMatchObject({ conversations: [{ change: last?.type === 'message.sent' && last.change }] });
    });
  });

  it('when the database does not answer at first', async () => {
    const bus = new UnreliableBus(quiet);
    await using server = await startTestServer({ bus, timing: { ...withoutTail, holdMs: 20 } });
    const { owner, id } = await group(server, 'ann', 'ben');
    await using client = await liveClient(server.url, owner.token);
    bus.route = () => {};
    await owner.http.messages.send.mutate(aMessage(id, '1'));
    bus.route = (messages) => bus.deliver(messages);
    const { sql } = server.services.db;
    const failing = vi.spyOn(sql, 'begin').mockRejectedValueOnce(Object.assign(new Error('gone'), { code: 'CONNECTION_CLOSED' }));
    await owner.http.messages.send.mutate(aMessage(id, '2'));
    await eventually(() => expect(failing).toHaveBeenCalled());
    await eventually(() => expect(textOf(client.items)).toEqual(['1', '2']));
    failing.mockRestore();
  });

  it('of private changes too: a lost one becomes a resync', async () => {
    const bus = new UnreliableBus(quiet);
    await using server = await startTestServer({ bus, timing: { ...withoutTail, holdMs: 20 } });
    const ann = await server.user('ann');
    await using client = await liveClient(server.url, ann.token);
    bus.route = () => {};
    const lost = await ann.http.conversations.openDirect.mutate({ userId: 'ann' });
    bus.route = (messages) => bus.deliver(messages);
    await ann.http.users.update.mutate({ displayName: 'Ann B.' });
    await eventually(() => expect(client.items.map((item) => item.type)).toContain('resync'));
    // And what was lost with it, being in that conversation, is known again.
    await ann.http.messages.send.mutate(aMessage(lost.id, 'to myself'));
    await eventually(() => expect(textOf(client.items)).toEqual(['to myself']));
  });
});

describe('A5 what one settles for oneself', () => {
  it('A5 is told to the own sessions and stands in no frame of another member', async () => {
    await using server = await startTestServer();
    const { users, owner, id } = await group(server, 'ann', 'ben');
    const ben = users[1] ?? owner;
    await using a = await liveClient(server.url, owner.token);
    await using b = await liveClient(server.url, ben.token);
    const muted = { mode: 'mentions' as const, untilAt: null };
    const draft = { text: 'nobody else knows' };
    await owner.http.conversations.update.mutate({ conversationId: id, pinned: true, muted, draft, draftOver: 0 });
    await owner.http.contacts.block.mutate({ userId: 'ben' });
    await owner.http.messages.send.mutate(aMessage(id, 'for both'));
    await eventually(() => expect(textOf(b.items)).toEqual(['for both']));
    await eventually(() => expect(JSON.stringify(a.items)).toContain('nobody else knows'));
    expect(JSON.stringify(b.items)).not.toContain('nobody else knows');
    expect(b.items.filter((item) => item.type.startsWith('me.'))).toEqual([]);
    const keys = b.items.flatMap((item) => [...JSON.stringify(item).matchAll(/"(\w+)":/g)].map(([, key]) => key));
    for (const own of ['me', 'draft', 'muted', 'pinned', 'hidden', 'unread', 'readSeq', 'userChange', 'remark', 'blocked']) {
      expect(keys).not.toContain(own);
    }
  });
});

describe('A13 quotes in the stream', () => {
  it('have words for those alone who may read what is quoted, in one frame for each of both, also after a gap', async () => {
    const bus = new UnreliableBus(quiet);
    await using server = await startTestServer({ bus, timing: { ...withoutTail, holdMs: 50 } });
    const { users, owner, id } = await group(server, 'ann', 'ben');
    const [, ben = owner] = users;
    const [cat, dan] = [await server.user('cat'), await server.user('dan')];
    const { message } = await owner.http.messages.send.mutate(aMessage(id, 'before their time'));
    await owner.http.groups.invite.mutate({ conversationId: id, userIds: [cat.id, dan.id] });
    await using b = await liveClient(server.url, ben.token);
    await using c = await liveClient(server.url, cat.token);
    await using d = await liveClient(server.url, dan.token);
    const clients = [b, c, d];

    await owner.http.messages.send.mutate({ ...aMessage(id, 'live'), replyTo: message.seq });
    bus.route = () => {};
    await owner.http.messages.send.mutate({ ...aMessage(id, 'missed'), replyTo: message.seq });
    bus.route = (messages) => bus.deliver(messages);
    await owner.http.messages.send.mutate({ ...aMessage(id, 'after'), replyTo: message.seq });
    for (const client of clients) await eventually(() => expect(textOf(client.items)).toEqual(['live', 'missed', 'after']));
    const excerpts = clients.map(({ items }) =>
      items.flatMap((item) => (item.type === 'message.sent' ? [item.message.replyTo?.excerpt] : [])),
    );
    const worded = 'before their time';
    expect(excerpts).toEqual([
      [worded, worded, worded],
      ['', '', ''],
      ['', '', ''],
    ]);

    // Who clears it has it no more from then on.
    await ben.http.conversations.clear.mutate({ conversationId: id, upToSeq: message.seq });
    await eventually(() => expect(b.items.some((item) => item.type === 'me.updated')).toBe(true));
    await owner.http.messages.send.mutate({ ...aMessage(id, 'last'), replyTo: message.seq });
    await eventually(() => expect(b.items.at(-1)).toMatchObject({ message: { replyTo: { excerpt: '' } } }));
  });
});

describe('G11 A6 who is removed at change n gets nothing numbered above n', () => {
  it('also when the bus brings later messages first', async () => {
    const bus = new UnreliableBus(quiet);
    await using server = await startTestServer({ bus, timing: { ...withoutTail, holdMs: 200 } });
    const { users, owner, id } = await group(server, 'ann', 'ben');
    const ben = users[1] ?? owner;
    await using a = await liveClient(server.url, owner.token);
    await using b = await liveClient(server.url, ben.token);
    const held: (readonly BusMessage[])[] = [];
    bus.route = (messages) => held.push(messages);
    await ben.http.groups.leave.mutate({ conversationId: id });
    await owner.http.messages.send.mutate(aMessage(id, 'about ben'));
    bus.route = (messages) => bus.deliver(messages);
    bus.deliver(held[1] ?? []);
    bus.deliver(held[0] ?? []);
    await owner.http.messages.send.mutate(aMessage(id, 'more about ben'));
    await eventually(() => expect(textOf(a.items)).toEqual(['about ben', 'more about ben']));
    await b.trpc.users.me.query();
    expect(textOf(b.items)).toEqual([]);
    const [left] = b.items.flatMap((item) => (item.type === 'member.left' ? [item.change] : []));
    expect(Math.max(...changesOf(b.items, id))).toBe(left);
  });

  it('under fire, over many rounds, also for a session that is just coming in', async () => {
    await using server = await startTestServer();
    const { users, owner, id } = await group(server, 'ann', 'ben');
    const ben = users[1] ?? owner;
    let going = true;
    let count = 0;
    const sending = Promise.all(
      [1, 2].map(async () => {
        while (going) await owner.http.messages.send.mutate(aMessage(id, String(++count)));
      }),
    );
    await using b = await liveClient(server.url, ben.token);
    for (let round = 0; round < 5; round++) {
      const arriving = liveClient(server.url, ben.token);
      await ben.http.groups.leave.mutate({ conversationId: id });
      await using late = await arriving;
      const since = count;
      await eventually(() => expect(count).toBeGreaterThan(since + 5));
      for (const client of [b, late]) {
        const lefts = client.items.flatMap((item) => (item.type === 'member.left' ? [item.change] : []));
        const lastLeft = lefts.at(-1) ?? 0;
        if (client === b) expect(lastLeft).toBeGreaterThan(0);
        expect(changesOf(client.items, id).every((change) => change <= lastLeft || client !== b)).toBe(true);
        // The late one may have come in after the leaving: then it heard nothing of this conversation at all.
        if (client === late && lefts.length === 0) expect(changesOf(client.items, id)).toEqual([]);
        if (client === late && lefts.length > 0) expect(Math.max(...changesOf(client.items, id))).toBe(lastLeft);
      }
      b.items.length = 0;
      await owner.http.groups.invite.mutate({ conversationId: id, userIds: ['ben'] });
      await eventually(() => expect(textOf(b.items).length).toBeGreaterThan(0));
      const joined = b.items.flatMap((item) => (item.type === 'me.joined' ? [item.conversation.head.change] : []))[0] ?? 0;
      const events = changesOf(b.items, id);
      expect(Math.min(...events)).toBeLessThanOrEqual(joined + 1);
      expect(events.filter((change) => change > joined).length).toBeGreaterThan(0);
      b.items.length = 0;
    }
    going = false;
    await sending;
  });
});
