import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appRouter } from '@nexo/api';
import type { ConversationView, StreamItem } from '@nexo/shared';
import { expect, test, vi } from 'vitest';
import { equalState } from './equal-state.ts';
import { aMessage } from './gateway/harness.ts';

// A test begins with the verb it is about; the last one knows whether a verb has none, in this file or in those beside it.
const { as, verify } = equalState();
const words = (text: string) => ({ type: 'text' as const, text });
let reacted = false;

let direct: ConversationView;
let group: ConversationView;

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

test('users.update', async () => {
  await verify(() => as('dave').trpc.users.update.mutate({ displayName: 'David', bio: 'Here' }), { dave: ['me.profile'] });
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

/** Verbs that a test of these stories begins with, and verifies. */
function verifiedVerbs(): Set<string> {
  const stories = readdirSync(import.meta.dirname).filter((file) => /^events-equal-state.*\.test\.ts$/.test(file));
  const blocks = stories.flatMap((file) =>
    readFileSync(join(import.meta.dirname, file), 'utf8')
      .split(/^test\('/m)
      .slice(1),
  );
  return new Set(blocks.filter((block) => block.includes('  await verify(')).map((block) => /^[\w.]*/.exec(block)?.[0] ?? ''));
}

test('every verb that changes something others or other devices see is here', () => {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const mutations = Object.entries(procedures)
    .filter(([, { _def }]) => _def.type === 'mutation')
    .map(([path]) => path);
  const isExempt = (path: string) => exempt.some(([paths]) => paths.test(path));
  expect([...verifiedVerbs()].sort()).toEqual(mutations.filter((path) => !isExempt(path)).sort());
  for (const [paths] of exempt)
    expect(
      mutations.some((path) => paths.test(path)),
      String(paths),
    ).toBe(true);
});
