import { type ConversationView, newId, type StreamItem } from '@nexo/shared';
import { beforeAll, expect, test, vi } from 'vitest';
import { equalState, type Name } from './equal-state.ts';
import { aMessage } from './gateway/harness.ts';

const { as, verify, talkingPair, groupOfBob } = equalState();
let direct: ConversationView;
let group: ConversationView;

beforeAll(async () => {
  direct = await talkingPair();
  group = await groupOfBob();
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
