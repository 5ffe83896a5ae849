import { appRouter, createKey } from '@nexo/api';
import { applyEvent, applySnapshot, type ClientState, emptyState } from '@nexo/client/testing';
import { type ConversationView, newId, type StreamItem, scopes } from '@nexo/shared';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  aMessage,
  httpClient,
  type LiveClient,
  liveClient,
  startTestServer,
  type TestServer,
  type TestUser,
} from './gateway/harness.ts';

/**
 * For each verb: what everybody had before, plus the events they were sent, is what they would fetch now. The reducer is the very
 * one of the engine. A test begins with the verb it is about; the last one knows whether a verb has none.
 */
const names = ['alice', 'bob', 'carol', 'dave'] as const;
type Name = (typeof names)[number];

let server: TestServer;
const users = new Map<Name, TestUser>();
const live = new Map<Name, LiveClient>();
/** The customer's own server. */
let customer: ReturnType<typeof httpClient>;

beforeAll(async () => {
  server = await startTestServer();
  const { key } = await createKey(server.services, { name: 'test', scopes });
  customer = httpClient(server.url, key);
  for (const name of names) {
    const user = await server.user(name);
    users.set(name, user);
    live.set(name, await liveClient(server.url, user.token));
  }
});

afterAll(async () => {
  for (const client of live.values()) await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const as = (name: Name) => {
  const client = live.get(name);
  if (client === undefined) throw new Error(`${name} is not here`);
  return client;
};

async function fetchState(name: Name): Promise<ClientState> {
  return applySnapshot(emptyState, await as(name).trpc.sync.snapshot.query({}), true);
}

const plain = (state: ClientState) => ({
  userChange: state.userChange,
  me: state.me,
  contacts: state.contacts,
  conversations: Object.fromEntries([...state.conversations].map(([id, { view }]) => [id, view])),
});

const verified = new Set<string>();

/** Runs a verb and compares, for everybody. What has no event must not be visible. */
async function verify(verb: () => Promise<unknown>, expectedTypes: Partial<Record<Name, StreamItem['type'][]>>): Promise<void> {
  verified.add(expect.getState().currentTestName?.split(' ')[0] ?? '');
  const before = new Map<Name, ClientState>();
  const seen = new Map<Name, number>();
  for (const name of names) {
    before.set(name, await fetchState(name));
    seen.set(name, as(name).items.length);
  }
  await verb();
  for (const name of names) {
    const fresh = plain(await fetchState(name));
    const since = () =>
      as(name)
        .items.slice(seen.get(name))
        .filter((item) => item.type !== 'positions');
    // The events may be on their way still.
    await vi.waitFor(() => {
      const replayed = since().reduce(applyEvent, before.get(name) ?? emptyState);
      expect(plain(replayed), name).toEqual(fresh);
    });
    expect(
      since().map((item) => item.type),
      name,
    ).toEqual(expectedTypes[name] ?? []);
  }
}

const words = (text: string) => ({ type: 'text' as const, text });
let reacted = false;

let direct: ConversationView;
let group: ConversationView;
/** Made by the customer's server. */
let managedId: string;

test('conversations.openDirect', async () => {
  await verify(
    async () => {
      direct = await as('alice').trpc.conversations.openDirect.mutate({ userId: 'bob' });
    },
    { alice: ['me.joined'], bob: ['me.joined'] },
  );
});

test('conversations.openDirect with oneself', async () => {
  await verify(() => as('carol').trpc.conversations.openDirect.mutate({ userId: 'carol' }), { carol: ['me.joined'] });
});

test('messages.send', async () => {
  await verify(() => as('alice').trpc.messages.send.mutate(aMessage(direct.id, 'hello')), {
    alice: ['message.sent'],
    bob: ['message.sent'],
  });
});

test('messages.send of the same message again', async () => {
  const message = aMessage(direct.id, 'once');
  await as('alice').trpc.messages.send.mutate(message);
  await vi.waitFor(() => expect(as('bob').items.filter((item) => item.type === 'message.sent').length).toBe(2));
  await vi.waitFor(() => expect(as('alice').items.filter((item) => item.type === 'message.sent').length).toBe(2));
  await verify(() => as('alice').trpc.messages.send.mutate(message), {});
});

test('messages.send with a quote', async () => {
  await verify(() => as('bob').trpc.messages.send.mutate({ ...aMessage(direct.id, 'well'), replyTo: 1 }), {
    alice: ['message.sent'],
    bob: ['message.sent'],
  });
});

test('conversations.markRead', async () => {
  await verify(() => as('alice').trpc.conversations.markRead.mutate({ conversationId: direct.id, seq: 3 }), {
    alice: ['me.updated', 'conversation.read'],
    bob: ['conversation.read'],
  });
});

test('groups.create', async () => {
  await verify(
    async () => {
      group = await as('alice').trpc.groups.create.mutate({ name: 'Design', memberIds: ['bob', 'carol'] });
    },
    { alice: ['me.joined'], bob: ['me.joined'], carol: ['me.joined'] },
  );
});

test('messages.send in a group', async () => {
  await verify(() => as('carol').trpc.messages.send.mutate(aMessage(group.id, 'in the group')), {
    alice: ['message.sent'],
    bob: ['message.sent'],
    carol: ['message.sent'],
  });
});

test('messages.edit of the last message, and of one that is quoted', async () => {
  await verify(() => as('bob').trpc.messages.edit.mutate({ conversationId: direct.id, seq: 3, content: words('very well') }), {
    alice: ['message.edited'],
    bob: ['message.edited'],
  });
  await verify(() => as('alice').trpc.messages.edit.mutate({ conversationId: direct.id, seq: 1, content: words('hello!') }), {
    alice: ['message.edited'],
    bob: ['message.edited'],
  });
});

test('messages.react set and taken back', async () => {
  for (const [emoji, on] of [
    ['👍', true],
    ['❤', true],
    ['👍', false],
    ['👍', false],
  ] as const) {
    const told: StreamItem['type'][] = emoji === '👍' && !on && reacted ? [] : ['message.reacted'];
    if (!on) reacted = true;
    await verify(() => as('alice').trpc.messages.react.mutate({ conversationId: direct.id, seq: 3, emoji, on }), {
      alice: told,
      bob: told,
    });
  }
});

test('messages.pin and away again', async () => {
  for (const seq of [3, 1]) {
    await verify(() => as('bob').trpc.messages.pin.mutate({ conversationId: direct.id, seq, pinned: true }), {
      alice: ['message.pinned'],
      bob: ['message.pinned'],
    });
  }
  await verify(() => as('bob').trpc.messages.pin.mutate({ conversationId: direct.id, seq: 3, pinned: false }), {
    alice: ['message.unpinned'],
    bob: ['message.unpinned'],
  });
});

test('messages.revoke of what is pinned, quoted, read', async () => {
  await verify(() => as('alice').trpc.messages.revoke.mutate({ conversationId: direct.id, seq: 1 }), {
    alice: ['message.unpinned', 'message.revoked'],
    bob: ['message.unpinned', 'message.revoked'],
  });
});

test('messages.revoke of what is unread and the last', async () => {
  await as('carol').trpc.messages.send.mutate(aMessage(group.id, 'a slip'));
  const { message } = await as('carol').trpc.messages.send.mutate(aMessage(group.id, 'another'));
  await vi.waitFor(() => expect(as('alice').items.filter((item) => item.type === 'message.sent').length).toBeGreaterThan(4));
  await verify(() => as('carol').trpc.messages.revoke.mutate({ conversationId: group.id, seq: message.seq }), {
    alice: ['message.revoked'],
    bob: ['message.revoked'],
    carol: ['message.revoked'],
  });
  await verify(() => as('alice').trpc.conversations.markRead.mutate({ conversationId: group.id, seq: message.seq - 1 }), {
    alice: ['me.updated', 'conversation.read'],
    bob: ['conversation.read'],
    carol: ['conversation.read'],
  });
});

test('messages.remove of what is unread and the last, and of one before', async () => {
  const { message } = await as('carol').trpc.messages.send.mutate(aMessage(group.id, 'not for bob'));
  await vi.waitFor(() => {
    const isThere = (item: StreamItem) => item.type === 'message.sent' && item.message.id === message.id;
    for (const name of ['alice', 'bob', 'carol'] as const) expect(as(name).items.some(isThere)).toBe(true);
  });
  const { seq } = message;
  await verify(() => as('bob').trpc.messages.remove.mutate({ conversationId: group.id, seqs: [seq, seq - 2] }), {
    bob: ['me.removed'],
  });
});

test('groups.invite', async () => {
  await verify(() => as('bob').trpc.groups.invite.mutate({ conversationId: group.id, userIds: ['dave'] }), {
    alice: ['member.joined', 'message.sent'],
    bob: ['member.joined', 'message.sent'],
    carol: ['member.joined', 'message.sent'],
    dave: ['me.joined'],
  });
});

test('messages.edit and react and pin of what a newcomer cannot see', async () => {
  const seq = 2;
  const told = (type: StreamItem['type']) => ({ alice: [type], bob: [type], carol: [type], dave: ['message.withheld' as const] });
  await verify(
    () => as('carol').trpc.messages.edit.mutate({ conversationId: group.id, seq, content: words('secret of before') }),
    told('message.edited'),
  );
  await verify(
    () => as('alice').trpc.messages.react.mutate({ conversationId: group.id, seq, emoji: '🎉', on: true }),
    told('message.reacted'),
  );
  await verify(() => as('alice').trpc.messages.pin.mutate({ conversationId: group.id, seq, pinned: true }), {
    ...told('message.pinned'),
    dave: ['message.pinned'],
  });
  expect(JSON.stringify(as('dave').items)).not.toMatch(/secret of before|🎉/);
});

test('messages.send and edit with a quote of what a newcomer cannot see', async () => {
  const told = (type: StreamItem['type']) => ({ alice: [type], bob: [type], carol: [type], dave: [type] });
  await verify(
    () => as('carol').trpc.messages.send.mutate({ ...aMessage(group.id, 'as I said'), replyTo: 2 }),
    told('message.sent'),
  );
  const seq = (await as('carol').trpc.conversations.get.query({ conversationId: group.id })).head.seq;
  await verify(
    () => as('carol').trpc.messages.edit.mutate({ conversationId: group.id, seq, content: words('as I wrote') }),
    told('message.edited'),
  );
  expect(JSON.stringify(as('bob').items)).toContain('"excerpt":"secret of before"');
  expect(JSON.stringify(as('dave').items)).not.toContain('secret of before');
});

test('groups.leave by a member', async () => {
  await verify(() => as('dave').trpc.groups.leave.mutate({ conversationId: group.id }), {
    alice: ['member.left', 'message.sent'],
    bob: ['member.left', 'message.sent'],
    carol: ['member.left', 'message.sent'],
    dave: ['member.left', 'me.updated'],
  });
});

test('groups.invite of somebody who comes back', async () => {
  await verify(() => as('alice').trpc.groups.invite.mutate({ conversationId: group.id, userIds: ['dave', 'bob'] }), {
    alice: ['member.joined', 'message.sent'],
    bob: ['member.joined', 'message.sent'],
    carol: ['member.joined', 'message.sent'],
    dave: ['me.joined'],
  });
});

test('groups.leave by the owner', async () => {
  await verify(() => as('alice').trpc.groups.leave.mutate({ conversationId: group.id }), {
    alice: ['member.left', 'me.updated'],
    bob: ['member.left', 'member.updated', 'message.sent'],
    carol: ['member.left', 'member.updated', 'message.sent'],
    dave: ['member.left', 'member.updated', 'message.sent'],
  });
});

test('contacts.request', async () => {
  await verify(() => as('alice').trpc.contacts.request.mutate({ userId: 'bob', message: 'hi' }), {
    alice: ['me.contactRequest'],
    bob: ['me.contactRequest'],
  });
});

test('contacts.cancelRequest', async () => {
  await verify(() => as('alice').trpc.contacts.cancelRequest.mutate({ userId: 'bob' }), {
    alice: ['me.contactRequest'],
    bob: ['me.contactRequest'],
  });
});

test('contacts.respond with a refusal', async () => {
  await as('carol').trpc.contacts.request.mutate({ userId: 'bob' });
  await vi.waitFor(() => expect(as('bob').items.at(-1)?.type).toBe('me.contactRequest'));
  await vi.waitFor(() => expect(as('carol').items.at(-1)?.type).toBe('me.contactRequest'));
  await verify(() => as('bob').trpc.contacts.respond.mutate({ userId: 'carol', accept: false }), {
    bob: ['me.contactRequest'],
    carol: ['me.contactRequest'],
  });
});

test('contacts.respond', async () => {
  const told = () => as('bob').items.filter((item) => item.type === 'me.contactRequest').length;
  const before = told();
  await as('alice').trpc.contacts.request.mutate({ userId: 'bob' });
  await vi.waitFor(() => expect(told()).toBe(before + 1));
  await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('me.contactRequest'));
  await verify(() => as('bob').trpc.contacts.respond.mutate({ userId: 'alice', accept: true }), {
    alice: ['me.contact'],
    bob: ['me.contact'],
  });
});

test('contacts.update', async () => {
  await verify(() => as('alice').trpc.contacts.update.mutate({ userId: 'bob', remark: 'Bobby', pinned: true }), {
    alice: ['me.contact'],
  });
});

test('contacts.block of somebody whose request waits', async () => {
  await as('dave').trpc.contacts.request.mutate({ userId: 'alice' });
  await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('me.contactRequest'));
  await vi.waitFor(() => expect(as('dave').items.at(-1)?.type).toBe('me.contactRequest'));
  await verify(() => as('alice').trpc.contacts.block.mutate({ userId: 'dave' }), {
    alice: ['me.contactRequest', 'me.block'],
    dave: ['me.contactRequest'],
  });
});

test('contacts.block of a contact: what is read meanwhile is not told', async () => {
  await as('alice').trpc.messages.send.mutate(aMessage(direct.id, 'unread'));
  await vi.waitFor(() => expect(as('bob').items.at(-1)?.type).toBe('message.sent'));
  await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('message.sent'));
  await verify(() => as('alice').trpc.contacts.block.mutate({ userId: 'bob' }), { alice: ['me.block'] });
  await verify(() => as('bob').trpc.conversations.markRead.mutate({ conversationId: direct.id, seq: 4 }), {
    bob: ['me.updated'],
  });
});

test('contacts.unblock tells what was read meanwhile', async () => {
  await verify(() => as('alice').trpc.contacts.unblock.mutate({ userId: 'bob' }), {
    alice: ['conversation.read', 'me.block'],
    bob: ['conversation.read'],
  });
});

test('contacts.remove', async () => {
  await verify(() => as('bob').trpc.contacts.remove.mutate({ userId: 'alice' }), { alice: ['me.contact'], bob: ['me.contact'] });
});

test('conversations.update', async () => {
  const { id } = group;
  await verify(
    () =>
      as('bob').trpc.conversations.update.mutate({
        conversationId: id,
        pinned: true,
        muted: { mode: 'mentions', untilAt: null },
        draft: { text: 'later', replyTo: 2 },
      }),
    { bob: ['me.updated'] },
  );
});

test('conversations.update that hides, and the message that brings it back', async () => {
  await verify(() => as('bob').trpc.conversations.update.mutate({ conversationId: direct.id, hidden: true }), {
    bob: ['me.updated'],
  });
  await verify(() => as('alice').trpc.messages.send.mutate(aMessage(direct.id, 'news')), {
    alice: ['message.sent'],
    bob: ['message.sent'],
  });
});

test('conversations.markUnread', async () => {
  await verify(() => as('bob').trpc.conversations.markUnread.mutate({ conversationId: direct.id, fromSeq: 1 }), {
    bob: ['me.updated'],
  });
});

test('conversations.markUnread ends with a message of one’s own', async () => {
  await verify(() => as('bob').trpc.messages.send.mutate(aMessage(direct.id, 'mine')), {
    alice: ['message.sent'],
    bob: ['message.sent'],
  });
});

test('messages.send by the operator, first and again', async () => {
  const send = (text: string) => {
    const content = { type: 'text' as const, text };
    const messages = ['bob', 'dave'].map((toUserId) => ({ toUserId, clientMessageId: newId(), content }));
    return customer.backend.sendBatch.mutate({ messages });
  };
  const began = ['me.joined', 'message.sent'] as const;
  await verify(() => send('welcome'), { bob: [...began], dave: [...began] });
  await verify(() => send('good news'), { bob: ['message.sent'], dave: ['message.sent'] });
});

test('conversations.clear', async () => {
  await verify(() => as('bob').trpc.conversations.clear.mutate({ conversationId: group.id, upToSeq: 2 }), {
    bob: ['me.updated', 'conversation.read'],
    carol: ['conversation.read'],
    dave: ['conversation.read'],
  });
  await verify(() => as('bob').trpc.conversations.clear.mutate({ conversationId: group.id }), {
    bob: ['me.updated', 'conversation.read'],
    carol: ['conversation.read'],
    dave: ['conversation.read'],
  });
});

test('conversations.clear of what the last message quotes', async () => {
  const { message } = await as('carol').trpc.messages.send.mutate(aMessage(group.id, 'to be cleared'));
  const { seq } = message;
  const reply = await as('carol').trpc.messages.send.mutate({ ...aMessage(group.id, 'which stays'), replyTo: seq });
  await vi.waitFor(() => {
    const isThere = (item: StreamItem) => item.type === 'message.sent' && item.message.id === reply.message.id;
    for (const name of ['bob', 'carol', 'dave'] as const) expect(as(name).items.some(isThere)).toBe(true);
  });
  for (const upToSeq of [seq, seq + 1]) {
    await verify(() => as('bob').trpc.conversations.clear.mutate({ conversationId: group.id, upToSeq }), {
      bob: ['me.updated', 'conversation.read'],
      carol: ['conversation.read'],
      dave: ['conversation.read'],
    });
  }
});

test('conversations.remove and the message that brings it back', async () => {
  await verify(() => as('bob').trpc.conversations.remove.mutate({ conversationId: group.id }), { bob: ['me.updated'] });
  await verify(() => as('carol').trpc.messages.send.mutate(aMessage(group.id, 'still here?')), {
    bob: ['message.sent'],
    carol: ['message.sent'],
    dave: ['message.sent'],
  });
});

test('conversations.remove of a group that was left', async () => {
  await verify(() => as('alice').trpc.conversations.remove.mutate({ conversationId: group.id }), { alice: ['me.updated'] });
});

test('messages.send of other kinds, with mentions, and silently', async () => {
  const content = { type: 'text' as const, text: '@Bob look', mentions: [{ userId: 'bob', name: 'Bob' }] };
  const sent: Partial<Record<Name, StreamItem['type'][]>> = {
    bob: ['message.sent'],
    carol: ['message.sent'],
    dave: ['message.sent'],
  };
  await verify(
    () =>
      as('bob').trpc.messages.send.mutate({
        ...aMessage(group.id, ''),
        content: { ...content, mentionsAll: true, text: '@Bob @all' },
      }),
    sent,
  );
  await verify(() => as('carol').trpc.messages.send.mutate({ ...aMessage(group.id, ''), content }), sent);
  await verify(() => as('carol').trpc.messages.send.mutate({ ...aMessage(group.id, ''), content, silent: true }), sent);
  const place = { type: 'location' as const, latitude: 1, longitude: 2 };
  await verify(() => as('dave').trpc.messages.send.mutate({ ...aMessage(group.id, ''), content: place }), sent);
});

test('conversations.markRead over some mentions', async () => {
  const { head, me } = await as('carol').trpc.conversations.get.query({ conversationId: group.id });
  await as('bob').trpc.messages.send.mutate({
    ...aMessage(group.id, ''),
    content: { type: 'text', text: '@all', mentionsAll: true },
  });
  await vi.waitFor(() =>
    expect(
      as('carol')
        .items.filter((item) => item.type === 'message.sent')
        .at(-1),
    ).toMatchObject({ change: head.change + 1 }),
  );
  await vi.waitFor(() =>
    expect(
      as('bob')
        .items.filter((item) => item.type === 'message.sent')
        .at(-1),
    ).toMatchObject({ change: head.change + 1 }),
  );
  await vi.waitFor(() =>
    expect(
      as('dave')
        .items.filter((item) => item.type === 'message.sent')
        .at(-1),
    ).toMatchObject({ change: head.change + 1 }),
  );
  const upTo = Math.max(me.readSeq + 1, head.seq);
  await verify(() => as('carol').trpc.conversations.markRead.mutate({ conversationId: group.id, seq: upTo }), {
    ...{ bob: ['conversation.read'], dave: ['conversation.read'] },
    carol: ['me.updated', 'conversation.read'],
  });
});

test('messages.forward', async () => {
  const input = { fromConversationId: group.id, toConversationIds: [direct.id], clientForwardId: newId() };
  const { head } = await as('bob').trpc.conversations.get.query({ conversationId: group.id });
  await verify(() => as('bob').trpc.messages.forward.mutate({ ...input, seqs: [head.seq] }), {
    alice: ['message.sent'],
    bob: ['message.sent'],
  });
});

test('messages.setDisappearing', async () => {
  const told = ['conversation.updated', 'message.sent'] as const;
  await verify(() => as('bob').trpc.messages.setDisappearing.mutate({ conversationId: group.id, afterSentMs: 1_000 }), {
    ...{ bob: [...told], carol: [...told], dave: [...told] },
  });
});

test('messages.send of what disappears, when it does', async () => {
  const content = { type: 'text' as const, text: '@Carol', mentions: [{ userId: 'carol', name: 'Carol' }] };
  await as('bob').trpc.messages.send.mutate({ ...aMessage(group.id, ''), content });
  const isThere = (name: Name) =>
    as(name).items.some((item) => item.type === 'message.sent' && item.message.expiresAt !== undefined);
  for (const name of ['bob', 'carol', 'dave'] as const) await vi.waitFor(() => expect(isThere(name)).toBe(true));
  const quote = (await as('carol').trpc.conversations.get.query({ conversationId: group.id })).head.seq;
  await as('bob').trpc.messages.setDisappearing.mutate({ conversationId: group.id, afterSentMs: null });
  await as('dave').trpc.messages.send.mutate({ ...aMessage(group.id, 'this one'), replyTo: quote });
  const isQuoted = (name: Name) =>
    as(name).items.some((item) => item.type === 'message.sent' && item.message.replyTo?.seq === quote);
  for (const name of ['bob', 'carol', 'dave'] as const) await vi.waitFor(() => expect(isQuoted(name)).toBe(true));
  // The server looks every second.
  const isGone = (name: Name) => as(name).items.some((item) => item.type === 'message.expired');
  await verify(() => vi.waitFor(() => expect(isGone('carol')).toBe(true), 10_000), {
    ...{ bob: ['message.expired'], carol: ['message.expired'], dave: ['message.expired'] },
  });
  expect((await as('carol').trpc.conversations.get.query({ conversationId: group.id })).me.mentions ?? []).not.toContain(quote);
});

test('conversations.markRead in private mode', async () => {
  await as('alice').trpc.messages.setDisappearing.mutate({ conversationId: direct.id, afterReadMs: 3_600_000 });
  const { message } = await as('alice').trpc.messages.send.mutate(aMessage(direct.id, 'for your eyes'));
  for (const name of ['alice', 'bob'] as const) {
    const hasIt = () => as(name).items.some((item) => item.type === 'message.sent' && item.message.id === message.id);
    await vi.waitFor(() => expect(hasIt()).toBe(true));
  }
  await verify(() => as('bob').trpc.conversations.markRead.mutate({ conversationId: direct.id, seq: message.seq }), {
    alice: ['conversation.read', 'message.expiring'],
    bob: ['me.updated', 'conversation.read', 'message.expiring'],
  });
});

const inGroup = () => ({ conversationId: group.id });

test('groups.update', async () => {
  await verify(
    () => as('bob').trpc.groups.update.mutate({ ...inGroup(), name: 'Drawing', announcement: 'At eight', joinMode: 'approval' }),
    {
      bob: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
      carol: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
      dave: ['group.updated', 'message.sent', 'message.sent', 'message.sent'],
    },
  );
});

test('groups.join by applying', async () => {
  await verify(() => as('alice').trpc.groups.join.mutate(inGroup()), { alice: ['me.groupRequests'], bob: ['me.updated'] });
});

test('groups.withdraw', async () => {
  await verify(() => as('alice').trpc.groups.withdraw.mutate(inGroup()), { alice: ['me.groupRequests'], bob: ['me.updated'] });
});

test('groups.setRole while somebody waits', async () => {
  await as('alice').trpc.groups.join.mutate(inGroup());
  await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('me.groupRequests'));
  await vi.waitFor(() => expect(as('bob').items.at(-1)?.type).toBe('me.updated'));
  await verify(() => as('bob').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'carol', role: 'admin' }), {
    bob: ['member.updated', 'message.sent'],
    carol: ['member.updated', 'message.sent', 'me.updated'],
    dave: ['member.updated', 'message.sent'],
  });
});

test('groups.respond', async () => {
  await verify(() => as('carol').trpc.groups.respond.mutate({ ...inGroup(), userId: 'alice', accept: true }), {
    alice: ['me.joined'],
    bob: ['member.joined', 'message.sent', 'me.updated'],
    carol: ['member.joined', 'message.sent', 'me.updated'],
    dave: ['member.joined', 'message.sent'],
  });
});

const told = (...types: StreamItem['type'][]) => ({ alice: types, bob: types, carol: types, dave: types });

test('groups.setRole back to member', async () => {
  await verify(
    () => as('bob').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'carol', role: 'member' }),
    told('member.updated', 'message.sent'),
  );
});

test('groups.updateMember', async () => {
  await verify(() => as('dave').trpc.groups.updateMember.mutate({ ...inGroup(), nickname: 'Davy' }), told('member.updated'));
});

test('groups.muteMember', async () => {
  await verify(
    () => as('bob').trpc.groups.muteMember.mutate({ ...inGroup(), userId: 'dave', forMs: 60_000 }),
    told('member.updated', 'message.sent'),
  );
});

test('groups.muteAll', async () => {
  await verify(() => as('bob').trpc.groups.muteAll.mutate({ ...inGroup(), muted: true }), told('group.updated', 'message.sent'));
});

test('groups.transfer', async () => {
  await verify(
    () => as('bob').trpc.groups.transfer.mutate({ ...inGroup(), userId: 'alice' }),
    told('member.updated', 'member.updated', 'message.sent'),
  );
});

test('groups.kick', async () => {
  await verify(() => as('alice').trpc.groups.kick.mutate({ ...inGroup(), userIds: ['carol'] }), {
    ...told('member.left', 'message.sent'),
    carol: ['member.left', 'me.updated'],
  });
});

let code: string;

test('groups.createLink is for who asks', async () => {
  await verify(async () => {
    code = (await as('alice').trpc.groups.createLink.mutate(inGroup())).code;
  }, {});
});

test('groups.join by a link', async () => {
  await verify(() => as('carol').trpc.groups.join.mutate({ code }), {
    ...told('member.joined', 'message.sent'),
    carol: ['me.joined'],
  });
});

test('groups.revokeLink is for who asks', async () => {
  await verify(() => as('alice').trpc.groups.revokeLink.mutate({ ...inGroup(), code }), {});
});

test('groups.update that hides the members', async () => {
  await verify(
    () => as('alice').trpc.groups.update.mutate({ ...inGroup(), membersVisibleTo: 'admins' }),
    told('group.updated', 'message.sent'),
  );
});

test('groups.setRole where members are hidden', async () => {
  await verify(() => as('alice').trpc.groups.setRole.mutate({ ...inGroup(), userId: 'dave', role: 'admin' }), {
    ...told('members.changed'),
    dave: ['members.changed', 'me.updated'],
  });
});

test('groups.muteMember where members are hidden', async () => {
  await verify(() => as('dave').trpc.groups.muteMember.mutate({ ...inGroup(), userId: 'carol', forMs: 60_000 }), {
    ...told('members.changed'),
    carol: ['members.changed', 'me.updated'],
  });
});

test('groups.leave where members are hidden', async () => {
  await verify(() => as('carol').trpc.groups.leave.mutate(inGroup()), {
    ...told('members.changed'),
    carol: ['members.changed', 'me.updated'],
  });
});

test('groups.join where members are hidden', async () => {
  await as('alice').trpc.groups.update.mutate({ ...inGroup(), joinMode: 'free' });
  await vi.waitFor(() => {
    for (const name of ['alice', 'bob', 'dave'] as const) expect(as(name).items.at(-1)?.type).toBe('message.sent');
  });
  await verify(() => as('carol').trpc.groups.join.mutate(inGroup()), { ...told('members.changed'), carol: ['me.joined'] });
});

test('groups.dismiss', async () => {
  await verify(() => as('alice').trpc.groups.dismiss.mutate(inGroup()), told('message.sent', 'group.dismissed'));
});

test('users.update', async () => {
  await verify(() => as('dave').trpc.users.update.mutate({ displayName: 'David', bio: 'Here' }), { dave: ['me.profile'] });
});

test('backend.upsertUsers', async () => {
  const users = [{ userId: 'dave', displayName: 'Dave again', bio: null }, { userId: 'carol' }, { userId: 'zoe' }];
  await verify(() => customer.backend.upsertUsers.mutate({ users }), { dave: ['me.profile'] });
});

test('backend.send as the system to a user, in a conversation that is made for it', async () => {
  const { conversationId: _, ...message } = aMessage(direct.id, 'from the operator');
  await verify(() => customer.backend.send.mutate({ ...message, toUserId: 'carol' }), { carol: ['me.joined', 'message.sent'] });
});

test('backend.send as a user', async () => {
  const message = { ...aMessage(direct.id, 'in the name of alice'), senderId: 'alice' };
  await verify(() => customer.backend.send.mutate(message), { alice: ['message.sent'], bob: ['message.sent'] });
});

test('backend.createGroup', async () => {
  const input = { ownerId: 'alice', name: 'By the customer', memberIds: ['bob'] };
  await verify(
    async () => {
      managedId = (await customer.backend.createGroup.mutate(input)).conversationId;
    },
    { alice: ['me.joined'], bob: ['me.joined'] },
  );
});

test('backend.addMembers', async () => {
  await verify(() => customer.backend.addMembers.mutate({ conversationId: managedId, userIds: ['carol'] }), {
    alice: ['member.joined', 'message.sent'],
    bob: ['member.joined', 'message.sent'],
    carol: ['me.joined'],
  });
});

test('backend.removeMembers', async () => {
  await verify(() => customer.backend.removeMembers.mutate({ conversationId: managedId, userIds: ['carol'] }), {
    alice: ['member.left', 'message.sent'],
    bob: ['member.left', 'message.sent'],
    carol: ['member.left', 'me.updated'],
  });
});

const inManaged = () => ({ conversationId: managedId });
const toldInManaged = (...types: StreamItem['type'][]) => ({ alice: types, bob: types });

test('backend.sendBatch', async () => {
  const messages = [aMessage(managedId, 'to all'), { ...aMessage(managedId, 'from bob'), senderId: 'bob' }];
  await verify(() => customer.backend.sendBatch.mutate({ messages }), toldInManaged('message.sent', 'message.sent'));
});

test('backend.updateGroup', async () => {
  const input = { ...inManaged(), name: 'Renamed', introduction: 'Of the customer', historyForNewcomers: 'all' as const };
  await verify(() => customer.backend.updateGroup.mutate(input), toldInManaged('group.updated', 'message.sent', 'message.sent'));
});

test('backend.setRole', async () => {
  await verify(
    () => customer.backend.setRole.mutate({ ...inManaged(), userId: 'bob', role: 'admin' }),
    toldInManaged('member.updated', 'message.sent'),
  );
});

test('backend.muteMember', async () => {
  await verify(
    () => customer.backend.muteMember.mutate({ ...inManaged(), userId: 'bob', forMs: 60_000 }),
    toldInManaged('member.updated', 'message.sent'),
  );
});

test('backend.muteAll', async () => {
  for (const muted of [true, false]) {
    await verify(
      () => customer.backend.muteAll.mutate({ ...inManaged(), muted }),
      toldInManaged('group.updated', 'message.sent'),
    );
  }
});

test('backend.transferGroup', async () => {
  await verify(
    () => customer.backend.transferGroup.mutate({ ...inManaged(), userId: 'bob' }),
    toldInManaged('member.updated', 'member.updated', 'message.sent'),
  );
});

test('backend.dismissGroup', async () => {
  await verify(() => customer.backend.dismissGroup.mutate(inManaged()), toldInManaged('message.sent', 'group.dismissed'));
});

test('messages.typing is a signal: it changes nothing', async () => {
  await verify(
    async () => {
      await as('alice').trpc.messages.typing.mutate({ conversationId: direct.id, typing: true });
      await vi.waitFor(() => expect(as('bob').items.at(-1)?.type).toBe('typing'));
      await vi.waitFor(() => expect(as('alice').items.at(-1)?.type).toBe('typing'));
    },
    { alice: ['typing'], bob: ['typing'] },
  );
});

/** Verbs that change nothing of what a snapshot holds, each with the reason. A pattern is a whole router. */
const exempt: readonly (readonly [paths: RegExp, why: string])[] = [
  [/^auth\./, 'Sessions and passwords: `me.sessions` says only that the list has changed, and the list is asked for.'],
  [/^presence\./, 'Who is there is a signal, never stored.'],
  [/^backend\.(mintSession|mintTicket|revokeSessions)$/, 'Sessions, as above.'],
  [/^backend\.(suspendUsers|restoreUsers)$/, 'Ends sessions; what was written stays, and nobody sees a difference.'],
];

test('every verb that changes something others or other devices see is here', () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const mutations = Object.entries(procedures)
    .filter(([, { _def }]) => _def.type === 'mutation')
    .map(([path]) => path);
  const isExempt = (path: string) => exempt.some(([paths]) => paths.test(path));
  expect([...verified].sort()).toEqual(mutations.filter((path) => !isExempt(path)).sort());
  for (const [paths] of exempt)
    expect(
      mutations.some((path) => paths.test(path)),
      String(paths),
    ).toBe(true);
});
