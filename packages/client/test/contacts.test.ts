import { type ContactRequestView, type ContactsDiff, limits, type MeEvent } from '@nexo/shared';
import { describe, expect, it, vi } from 'vitest';
import { memoryStorage, type StorageMaker } from '../src/index.ts';
import { makeWorld, view } from './world.ts';

const nothing: ContactsDiff = { contacts: [], removedContactIds: [], requests: [], blocks: [], unblockedIds: [] };

function request(fromUserId: string, toUserId: string, sentAt: number): ContactRequestView {
  return { fromUserId, toUserId, state: 'pending', sentAt, expiresAt: sentAt + limits.contactRequestMs };
}

const idsOf = (items: readonly { userId: string }[]) => items.map(({ userId }) => userId);

describe('contacts in the store', () => {
  it('K1 follow the events of the own person; accepting ends the request', async () => {
    const { person, server, network, time } = makeWorld();
    const { client } = await person('alice');
    const { store } = client;
    const asked = request('bob', 'alice', time.now());
    server.push('alice', [{ type: 'me.contactRequest', userChange: 1, request: asked }] satisfies MeEvent[]);
    await network.flush();
    expect(store.contactRequests.get()).toEqual([asked]);
    expect(store.relation('bob').get()).toMatchObject({ incoming: asked, outgoing: undefined, contact: undefined });
    const contact = { userId: 'bob', addedAt: time.now() };
    server.push('alice', [{ type: 'me.contact', userChange: 2, userId: 'bob', contact }] satisfies MeEvent[]);
    await network.flush();
    expect(store.contactRequests.get()).toEqual([]);
    expect(idsOf(store.contacts.get())).toEqual(['bob']);
    expect(store.relation('bob').get()).toEqual({ contact, incoming: undefined, outgoing: undefined, isBlocked: false });
    const end: MeEvent = { type: 'me.contact', userChange: 3, userId: 'bob', contact: null };
    server.push('alice', [end]);
    await network.flush();
    expect(store.contacts.get()).toEqual([]);
  });

  it('K14 a block ends what waited between the two, and wakes nobody who looks at somebody else', async () => {
    const { person, server, network, time } = makeWorld();
    const { client } = await person('alice');
    const told = vi.fn();
    client.store.relation('carol').subscribe(told);
    const block = { userId: 'bob', blockedAt: time.now() };
    server.push('alice', [
      { type: 'me.contactRequest', userChange: 1, request: request('alice', 'bob', time.now()) },
      { type: 'me.block', userChange: 2, userId: 'bob', block },
    ] satisfies MeEvent[]);
    await network.flush();
    expect(client.store.blocks.get()).toEqual([block]);
    expect(client.store.relation('bob').get()).toMatchObject({ isBlocked: true, outgoing: undefined });
    expect(told).not.toHaveBeenCalled();
  });

  it('K5 a request vanishes when it expires, though nothing says so', async () => {
    const { person, server, network, time, during } = makeWorld();
    const { client } = await person('alice');
    const asked = { ...request('bob', 'alice', time.now()), expiresAt: time.now() + 5_000 };
    server.push('alice', [{ type: 'me.contactRequest', userChange: 1, request: asked }] satisfies MeEvent[]);
    await network.flush();
    const told = vi.fn();
    client.store.contactRequests.subscribe(told);
    client.store.relation('bob').subscribe(told);
    expect(client.store.contactRequests.get()).toHaveLength(1);
    await network.run(6_000);
    expect(client.store.contactRequests.get()).toEqual([]);
    expect(client.store.relation('bob').get().incoming).toBeUndefined();
    expect(told).toHaveBeenCalledTimes(2);
    await during(client.stop());
  });

  it('K10 the own name for somebody titles the chat with them', async () => {
    const { pair, server, network } = makeWorld();
    const { alice, id } = await pair();
    expect(view(alice, id).title).toBe('BOB');
    const told = vi.fn();
    alice.client.store.conversation(id).subscribe(told);
    const contact = { userId: 'bob', addedAt: 1, remark: 'Bobby' };
    server.push('alice', [{ type: 'me.contact', userChange: 2, userId: 'bob', contact }] satisfies MeEvent[]);
    await network.flush();
    expect(view(alice, id).title).toBe('Bobby');
    expect(told).toHaveBeenCalledTimes(1);
  });
});

describe('contacts over a reconnect', () => {
  it('Y13 take what changed from the resume, and forget what ended', async () => {
    const { person, server, network, time, during } = makeWorld();
    const { client, device } = await person('alice');
    const events: MeEvent[] = [
      { type: 'me.contact', userChange: 1, userId: 'bob', contact: { userId: 'bob', addedAt: 1 } },
      { type: 'me.block', userChange: 2, userId: 'dave', block: { userId: 'dave', blockedAt: 1 } },
      { type: 'me.contactRequest', userChange: 3, request: request('erin', 'alice', time.now()) },
    ];
    server.push('alice', events);
    await network.flush();
    server.alter = (path, data) => {
      if (path !== 'sync.resume') return data;
      const contacts: ContactsDiff = {
        ...nothing,
        contacts: [{ userId: 'carol', addedAt: 2 }],
        ...{ removedContactIds: ['bob'], unblockedIds: ['dave'] },
        requests: [{ ...request('erin', 'alice', time.now()), state: 'cancelled' }],
      };
      return { ...(data as object), userChange: 9, contacts };
    };
    device.cut();
    await during(client.start());
    await network.run(10_000);
    expect(idsOf(client.store.contacts.get())).toEqual(['carol']);
    expect(client.store.blocks.get()).toEqual([]);
    expect(client.store.contactRequests.get()).toEqual([]);
  });

  it('are there at once on the next visit; who stored none yet asks for all of them', async () => {
    const { person, server, network, during, start } = makeWorld();
    const made = memoryStorage();
    const storage: StorageMaker = (userId) => made(userId);
    const memory = { kept: null as unknown };
    const sessionMemory = {
      load: async () => memory.kept as never,
      save: async (session: unknown) => {
        memory.kept = session;
      },
    };
    const { client } = await person('alice', { storage, sessionMemory });
    const contact = { userId: 'bob', addedAt: 1 };
    server.push('alice', [{ type: 'me.contact', userChange: 1, userId: 'bob', contact }] satisfies MeEvent[]);
    await network.flush();
    await during(client.stop());
    const second = start({ storage, sessionMemory });
    await during(second.client.auth.restore());
    expect(second.client.store.contacts.get()).toEqual([contact]);
    await during(second.client.stop());

    const kept = await made('alice');
    const state = await kept.loadState();
    if (state === undefined) throw new Error('nothing was stored');
    const { contacts: _, ...old } = state;
    await kept.write({ state: old });
    const asked: unknown[] = [];
    server.intercept = (path, _userId, input) => {
      if (path === 'sync.resume') asked.push((input as { userChange: number }).userChange);
      return undefined;
    };
    const third = start({ storage, sessionMemory });
    await during(third.client.auth.restore());
    await during(third.client.start());
    expect(asked).toEqual([0]);
  });
});
