import type { ConversationView, MessageView } from '@nexo/shared';
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { indexedDbStorage, memoryStorage, type OutboxEntry, type StoredState } from '../src/index.ts';

const everyone = 'everyone' as const;
const audiences = {
  presenceVisibleTo: everyone,
  messagesFrom: everyone,
  contactRequestsFrom: everyone,
  groupInvitesFrom: everyone,
};
const me = { id: 'alice', displayName: 'Alice', kind: 'person' as const, ...audiences, readReceipts: true };
const state: StoredState = { epoch: 'e1', userChange: 3, me };

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

/** Every maker of storage keeps these rules. */
describe.each([
  ['memory', () => memoryStorage()],
  ['IndexedDB', () => indexedDbStorage()],
])('storage in %s', (_name, makeMaker) => {
  it('is empty at first', async () => {
    const storage = await makeMaker()('alice');
    expect(await storage.loadState()).toBeUndefined();
    expect(await storage.loadConversations()).toEqual([]);
    expect(await storage.loadOutbox()).toEqual([]);
    expect(await storage.loadMessages('c1', undefined, 10)).toEqual([]);
  });

  it('finds again what was written, after it was closed and opened', async () => {
    const make = makeMaker();
    const first = await make('alice');
    await first.write({ state, conversations: [view('c1')], messages: [message('c1', 1)], outbox: [entry('m1', 1)] });
    await first.close();
    const again = await make('alice');
    expect(await again.loadState()).toEqual(state);
    expect(await again.loadConversations()).toEqual([view('c1')]);
    expect(await again.loadMessages('c1', undefined, 10)).toEqual([message('c1', 1)]);
    expect(await again.loadOutbox()).toEqual([entry('m1', 1)]);
  });

  it('gives the newest messages before a place, ascending', async () => {
    const storage = await makeMaker()('alice');
    const messages = [3, 1, 5, 2, 4].map((seq) => message('c1', seq));
    await storage.write({ messages: [...messages, message('c2', 9)] });
    expect((await storage.loadMessages('c1', undefined, 2)).map(({ seq }) => seq)).toEqual([4, 5]);
    expect((await storage.loadMessages('c1', 4, 2)).map(({ seq }) => seq)).toEqual([2, 3]);
    expect((await storage.loadMessages('c1', 2, 5)).map(({ seq }) => seq)).toEqual([1]);
  });

  it('puts a newer version in the place of the older', async () => {
    const storage = await makeMaker()('alice');
    await storage.write({ messages: [message('c1', 1)], conversations: [view('c1')], outbox: [entry('m1', 1)] });
    const changed = { ...message('c1', 1), change: 2 };
    const renamed = { ...view('c1'), title: 'New' };
    const failed = { ...entry('m1', 1), failure: { code: 'FORBIDDEN' as const, message: 'no', retryable: false } };
    await storage.write({ messages: [changed], conversations: [renamed], outbox: [failed] });
    expect(await storage.loadMessages('c1', undefined, 10)).toEqual([changed]);
    expect(await storage.loadConversations()).toEqual([renamed]);
    expect(await storage.loadOutbox()).toEqual([failed]);
  });

  it('writes what changed over a message that is stored, and nothing where none is', async () => {
    const storage = await makeMaker()('alice');
    const [first, second] = [
      { ...message('c1', 1), change: 9 },
      { ...message('c1', 2), change: 9 },
    ];
    await storage.write({ messages: [message('c1', 1), message('c1', 2)] });
    await storage.write({ removedMessages: [{ conversationId: 'c1', seq: 2 }] });
    await storage.write({ changedMessages: [first, second, message('c2', 1)] });
    expect(await storage.loadMessages('c1', undefined, 10)).toEqual([first]);
    expect(await storage.loadMessages('c2', undefined, 10)).toEqual([]);
  });

  it('writes what changed into what quotes it, and over nothing newer', async () => {
    const storage = await makeMaker()('alice');
    const quoting = { ...message('c1', 3), replyTo: { seq: 1, senderId: 'alice', excerpt: 'old words' } };
    const newer = { ...message('c1', 2), change: 9 };
    await storage.write({ messages: [message('c1', 1), newer, quoting, { ...quoting, conversationId: 'c2' }] });
    const content = { type: 'revoked' as const, revokedBy: 'alice' };
    const revoked = { ...message('c1', 1), content, change: 8, contentChange: 8, revokedAt: 1 };
    await storage.write({ changedMessages: [revoked, { ...message('c1', 2), change: 8 }] });
    const [first, second, third] = await storage.loadMessages('c1', undefined, 10);
    expect([first, second]).toEqual([revoked, newer]);
    expect(third).toMatchObject({ content: quoting.content, replyTo: { seq: 1, revoked: true, change: 8 } });
    expect(JSON.stringify(third)).not.toContain('old words');
    expect(JSON.stringify(await storage.loadMessages('c2', undefined, 10))).toContain('old words');
  });

  it('gives the outbox in the order of sending, without what was removed', async () => {
    const storage = await makeMaker()('alice');
    await storage.write({ outbox: [entry('b', 2), entry('c', 3), entry('a', 1)] });
    await storage.write({ removedOutboxIds: ['b'] });
    expect((await storage.loadOutbox()).map(({ clientMessageId }) => clientMessageId)).toEqual(['a', 'c']);
  });

  it('forgets a removed conversation with its messages', async () => {
    const storage = await makeMaker()('alice');
    await storage.write({ conversations: [view('c1'), view('c2')], messages: [message('c1', 1), message('c2', 1)] });
    await storage.write({ removedConversationIds: ['c1'] });
    expect((await storage.loadConversations()).map(({ id }) => id)).toEqual(['c2']);
    expect(await storage.loadMessages('c1', undefined, 10)).toEqual([]);
    expect(await storage.loadMessages('c2', undefined, 10)).toHaveLength(1);
  });

  it('shows nobody what another person has stored on the same device', async () => {
    const make = makeMaker();
    const alice = await make('alice');
    const bob = await make('bob');
    await alice.write({ state, messages: [message('c1', 1)], outbox: [entry('m1', 1)] });
    expect(await bob.loadState()).toBeUndefined();
    expect(await bob.loadMessages('c1', undefined, 10)).toEqual([]);
    await bob.clear();
    expect(await alice.loadState()).toEqual(state);
  });

  it('forgets everything when it is cleared, and can be used again', async () => {
    const storage = await makeMaker()('alice');
    await storage.write({ state, conversations: [view('c1')], messages: [message('c1', 1)], outbox: [entry('m1', 1)] });
    await storage.clear();
    expect(await storage.loadState()).toBeUndefined();
    expect(await storage.loadConversations()).toEqual([]);
    expect(await storage.loadMessages('c1', undefined, 10)).toEqual([]);
    expect(await storage.loadOutbox()).toEqual([]);
    await storage.write({ outbox: [entry('m2', 1)] });
    expect(await storage.loadOutbox()).toHaveLength(1);
  });
});

it('memory keeps the newest messages of a conversation only, so that it does not grow for ever', async () => {
  const storage = await memoryStorage()('alice');
  for (let seq = 1; seq <= 2_000; seq++) await storage.write({ messages: [message('c1', seq)] });
  const kept = await storage.loadMessages('c1', undefined, 5_000);
  expect(kept.at(-1)?.seq).toBe(2_000);
  expect(kept.length).toBeLessThanOrEqual(1_000);
});

it('a write to IndexedDB that fails as a whole leaves nothing of it behind', async () => {
  const storage = await indexedDbStorage()('alice');
  const broken = { ...message('c1', 2), content: (() => {}) as never };
  await expect(storage.write({ state, messages: [message('c1', 1), broken] })).rejects.toThrow();
  expect(await storage.loadState()).toBeUndefined();
  expect(await storage.loadMessages('c1', undefined, 10)).toEqual([]);
});

function message(conversationId: string, seq: number): MessageView {
  return {
    ...{ id: `${conversationId}-${seq}`, conversationId, seq, change: seq, clientMessageId: `m${seq}`, senderId: 'bob' },
    ...{ content: { type: 'text', text: `${seq}` }, countable: true, countableSeq: seq, sentAt: seq },
  };
}

function view(id: string): ConversationView {
  return {
    ...{ id, kind: 'direct', title: 'Bob', head: { seq: 1, change: 1 }, countable: 1, createdAt: 1, activeAt: 1 },
    me: {
      role: 'member',
      readSeq: 0,
      readCountable: 0,
      unread: 1,
      visible: [{ from: 1, to: null }],
      change: 1,
      userChange: 1,
      joinedAt: 1,
    },
  };
}

function entry(clientMessageId: string, position: number): OutboxEntry {
  const content = { type: 'text' as const, text: clientMessageId };
  return { clientMessageId, conversationId: 'c1', content, position, createdAt: position, owner: 'tab' };
}
