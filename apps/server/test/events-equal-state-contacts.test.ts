import type { ConversationView } from '@nexo/shared';
import { beforeAll, expect, test, vi } from 'vitest';
import { equalState } from './equal-state.ts';
import { aMessage } from './gateway/harness.ts';

const { as, verify, talkingPair } = equalState();
let direct: ConversationView;

beforeAll(async () => {
  direct = await talkingPair();
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
