import { appRouter, createKey, sendAsSystem } from '@nexo/api';
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

test('groups.invite', async () => {
  await verify(() => as('bob').trpc.groups.invite.mutate({ conversationId: group.id, userIds: ['dave'] }), {
    alice: ['member.joined', 'message.sent'],
    bob: ['member.joined', 'message.sent'],
    carol: ['member.joined', 'message.sent'],
    dave: ['me.joined'],
  });
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
    return sendAsSystem(server.services, { userIds: ['bob', 'dave'], clientMessageId: newId(), content });
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

test('backend.sendBatch', async () => {
  const messages = [aMessage(group.id, 'to all'), { ...aMessage(group.id, 'from bob'), senderId: 'bob' }];
  const told: StreamItem['type'][] = ['message.sent', 'message.sent'];
  await verify(() => customer.backend.sendBatch.mutate({ messages }), { bob: told, carol: told, dave: told });
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

test('every verb that changes something others or other devices see is here', () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const mutations = Object.entries(procedures)
    .filter(([, { _def }]) => _def.type === 'mutation')
    .map(([path]) => path)
    // What is about sessions and devices is no part of this state.
    .filter((path) => !/^(auth|presence)\.|^backend\.(mint|revoke|suspend|restore)/.test(path));
  expect([...verified].sort()).toEqual(mutations.sort());
});
