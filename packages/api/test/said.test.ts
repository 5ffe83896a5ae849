import {
  customContent,
  defineCustomKind,
  excerptOf,
  isMentioned,
  limits,
  newId,
  readCustom,
  type SendableContent,
  type TextContent,
} from '@nexo/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { contentOf, directOf, mine, send } from './said-scene.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';

const poll = defineCustomKind({
  name: 'acme.poll',
  schema: z.strictObject({ question: z.string(), answers: z.array(z.string()).min(2) }),
  toText: ({ question }) => `Poll: ${question}`,
});

let world: World;
let alice: WorldUser;
let bob: WorldUser;
let carol: WorldUser;
let stranger: WorldUser;

beforeAll(async () => {
  world = await createWorld({ services: { customKinds: new Map([[poll.name, poll]]) } });
  [alice, bob, carol, stranger] = await people(world, 'alice', 'bob', 'carol', 'stranger');
  return () => world[Symbol.asyncDispose]();
});

describe('content', () => {
  const picture = { url: 'https://example.org/a.png', width: 640, height: 480 };
  const kinds: SendableContent[] = [
    { type: 'text', text: 'hello **world**' },
    { type: 'image', ...picture, caption: 'The view' },
    { type: 'video', ...picture, durationMs: 61_000 },
    { type: 'voice', url: '/media/1', durationMs: 7_000, waveform: [0, 50, 100] },
    { type: 'file', url: '/media/2', name: 'plan.pdf', size: 3_100_000 },
    { type: 'location', latitude: 52.5, longitude: 13.4, name: 'Berlin' },
    { type: 'card', userId: 'bob', name: 'Bob' },
    { type: 'sticker', ...picture, emoji: '🎉' },
    customContent(poll, { question: 'Lunch?', answers: ['yes', 'no'] }),
  ];

  test.each(kinds.map((content) => [content.type, content] as const))(
    'P19 a %s arrives as it was sent, once',
    async (_, content) => {
      const id = await directOf(alice, bob);
      const input = { conversationId: id, clientMessageId: newId(), content };
      const { message } = await alice.caller.messages.send(input);
      expect(await contentOf(bob, id, message.seq)).toEqual(content);
      // The database keeps the keys of JSON in another order: it is the same message all the same.
      expect(await alice.caller.messages.send(input)).toMatchObject({ deduplicated: true, message: { seq: message.seq } });
    },
  );

  test.each([
    ['script for an address', { type: 'image', ...picture, url: 'javascript:alert(1)' }],
    ['data for an address', { type: 'file', url: 'data:text/html,x', name: 'x', size: 1 }],
    ["another host's path", { type: 'file', url: '//evil.example/x', name: 'x', size: 1 }],
    ['a backslash in a path', { type: 'file', url: '/\\evil.example', name: 'x', size: 1 }],
    ['a picture without a size', { type: 'image', url: picture.url }],
    ['a place beyond the pole', { type: 'location', latitude: 91, longitude: 0 }],
    ['a name that turns the direction', { type: 'file', url: '/a', name: 'x\u202Efdp.exe', size: 1 }],
    ['a notice', { type: 'notice', notice: 'member.left', actorId: 'bob', userIds: ['bob'] }],
    ['something expired', { type: 'expired' }],
    ['an unknown field', { type: 'card', userId: 'bob', name: 'Bob', role: 'owner' }],
  ])('P19 %s is refused', async (_, content) => {
    const id = await directOf(alice, bob);
    expect(await refusal(send(alice, id, content as SendableContent))).toBe('INVALID_INPUT');
  });

  test('A7 what the server knows better cannot be said by who sends', async () => {
    const id = await directOf(alice, bob);
    for (const extra of [
      { forwardedFromId: 'bob' },
      { expiresAt: 1 },
      { disappearsAfterReadMs: 1 },
      { countable: false },
      { sentAt: 1 },
    ]) {
      expect(await refusal(alice.caller.messages.send({ ...text(id), ...extra }))).toBe('INVALID_INPUT');
    }
  });

  test('P20 a custom kind is typed where it is written and read', () => {
    const content = customContent(poll, { question: 'Lunch?', answers: ['yes', 'no'] });
    expect(readCustom(poll, content)?.answers.join()).toBe('yes,no');
    const older = { ...content, data: { question: 1 } };
    expect(readCustom(poll, older)).toBeUndefined();
    expect(readCustom(poll, { type: 'text' })).toBeUndefined();
    // @ts-expect-error a question is a text
    expect(customContent(poll, { question: 1, answers: ['yes', 'no'] }).fallback).toBe('Poll: 1');
  });

  test('P20 of a custom kind only what its schema accepts is taken, and of an unknown one nothing', async () => {
    const id = await directOf(alice, bob);
    const wrong = { type: 'custom' as const, kind: 'acme.poll', data: { question: 'Lunch?', answers: [1] }, fallback: 'Poll' };
    expect(await refusalOf(send(alice, id, wrong))).toMatchObject({ code: 'INVALID_INPUT', field: 'content.data.answers.0' });
    const unknown = { ...wrong, kind: 'acme.dice', data: {} };
    expect(await refusalOf(send(alice, id, unknown))).toMatchObject({ code: 'INVALID_INPUT', field: 'content.kind' });
    const nul = customContent(poll, { question: 'a\0b', answers: ['x', 'y'] });
    expect(await refusal(send(alice, id, nul))).toBe('INVALID_INPUT');
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 2_000; i++) deep = { deep };
    expect(await refusal(send(alice, id, { ...wrong, data: deep }))).toBe('INVALID_INPUT');
  });

  test('P20 any content has a size', async () => {
    const id = await directOf(alice, bob);
    const large = customContent(poll, { question: 'x'.repeat(limits.messageContentMaxBytes), answers: ['x', 'y'] });
    expect(await refusalOf(send(alice, id, large))).toMatchObject({ code: 'MESSAGE_TOO_LARGE', field: 'content' });
  });

  test('P8 a quote of what is no text says what it is', async () => {
    const id = await directOf(alice, bob);
    const { message } = await send(alice, id, { type: 'file', url: '/media/3', name: 'plan.pdf', size: 1 });
    const reply = await bob.caller.messages.send(text(id, 'thanks', { replyTo: message.seq }));
    expect(reply.message.replyTo?.excerpt).toBe('📎 plan.pdf');
    const { items } = await alice.caller.messages.get({ conversationId: id, seqs: [reply.message.seq] });
    expect(items[0]?.replyTo?.excerpt).toBe('📎 plan.pdf');
  });

  test('P8 a quote says its words without their marks, the same by the server and by a client', async () => {
    const id = await directOf(alice, bob);
    // Its last mark is beyond the words that a quote has.
    const said = { type: 'text' as const, text: `see **${'word '.repeat(45).trim()}** and [more](https://a.example)` };
    const { message } = await send(alice, id, said);
    const reply = await bob.caller.messages.send(text(id, 'thanks', { replyTo: message.seq }));
    expect(reply.message.replyTo?.excerpt).toBe(`see ${'word '.repeat(45)}`.slice(0, 200));
    expect(reply.message.replyTo?.excerpt).toBe(excerptOf(said));
  });
});

describe('mentions', () => {
  const toBob: SendableContent = { type: 'text', text: 'look, @Bob', mentions: [{ userId: 'bob', name: 'Bob' }] };
  const toAll: SendableContent = { type: 'text', text: 'listen, @all', mentionsAll: true };

  test('C31 who is spoken to has it as an unread mention until they have read it; nobody else has', async () => {
    const id = await groupOf(alice, bob, carol);
    const first = await send(alice, id, toBob);
    await say(alice, id, 'more');
    const second = await send(carol, id, toBob);
    expect((await mine(bob, id)).mentions).toEqual([first.message.seq, second.message.seq]);
    expect((await mine(carol, id)).mentions).toBeUndefined();
    await bob.caller.conversations.markRead({ conversationId: id, seq: first.message.seq });
    expect((await mine(bob, id)).mentions).toEqual([second.message.seq]);
    await say(bob, id, 'here I am');
    expect((await mine(bob, id)).mentions).toBeUndefined();
  });

  test('C31 speaking to all costs one row and reaches everybody but who speaks', async () => {
    const id = await groupOf(alice, bob, carol);
    const { message } = await send(alice, id, toAll);
    for (const who of [bob, carol]) expect((await mine(who, id)).mentions).toEqual([message.seq]);
    expect((await mine(alice, id)).mentions).toBeUndefined();
    const rows = await world.services.db.sql`select 1 from mentions where conversation_id = ${id}`;
    expect(rows.length).toBe(1);
  });

  test('C32 only owners and admins of a group speak to all', async () => {
    const id = await groupOf(alice, bob);
    expect(await refusalOf(send(bob, id, toAll))).toMatchObject({ code: 'FORBIDDEN', field: 'content.mentionsAll' });
    const direct = await directOf(alice, bob);
    expect(await refusal(send(alice, direct, toAll))).toBe('FORBIDDEN');
  });

  test('C32 nobody is called by a text that does not show it', async () => {
    const id = await groupOf(alice, bob);
    const hidden: SendableContent = { type: 'text', text: 'nothing', mentions: [{ userId: 'bob', name: 'Bob' }] };
    expect(await refusalOf(send(alice, id, hidden))).toMatchObject({ code: 'INVALID_INPUT', field: 'content.mentions' });
    expect(await refusal(send(alice, id, { type: 'text', text: 'x', mentionsAll: true }))).toBe('INVALID_INPUT');
  });

  test('C31 an id in another case calls the same person, and both together call them once', async () => {
    const [gwen] = await people(world, 'Gwen');
    const id = await groupOf(alice, gwen);
    const named = (...ids: string[]): SendableContent => {
      return { type: 'text', text: '@Gwen', mentions: ids.map((userId) => ({ userId, name: 'Gwen' })) };
    };
    const first = await send(alice, id, named('gWEN'));
    const second = await send(alice, id, named('gwen', 'Gwen', 'GWEN'));
    const [third] = await say(alice, id, 'nobody yet');
    const seq = third?.message.seq ?? 0;
    await alice.caller.messages.edit({ conversationId: id, seq, content: named('GWEN', 'gwen') as TextContent });
    expect((await mine(gwen, id)).mentions).toEqual([first.message.seq, second.message.seq, seq]);
    expect(isMentioned(named('gwen'), 'GWEN')).toBe(true);
  });

  test('C31 a mention from before one joined, or of somebody who is no member, counts for nobody', async () => {
    const id = await groupOf(alice, carol);
    await send(alice, id, toBob);
    expect(await refusal(bob.caller.conversations.get({ conversationId: id }))).toBe('NOT_FOUND');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    expect((await mine(bob, id)).mentions).toBeUndefined();
  });
});

describe('silent', () => {
  test('C33 what is sent silently makes nothing unread and calls nobody', async () => {
    const id = await groupOf(alice, bob);
    const content: SendableContent = { type: 'text', text: 'hush, @Bob', mentions: [{ userId: 'bob', name: 'Bob' }] };
    const { message } = await send(alice, id, content, { silent: true });
    expect(message.countable).toBe(false);
    const me = await mine(bob, id);
    expect({ unread: me.unread, mentions: me.mentions }).toEqual({ unread: 0, mentions: undefined });
    await say(alice, id, 'loud');
    expect((await mine(bob, id)).unread).toBe(1);
  });

  test('P4 the same id silently and not is not the same message', async () => {
    const id = await directOf(alice, bob);
    const input = text(id, 'once');
    await alice.caller.messages.send(input);
    expect(await refusal(alice.caller.messages.send({ ...input, silent: true }))).toBe('IDEMPOTENCY_MISMATCH');
  });
});

describe('forwarding', () => {
  test('F1 what is passed on arrives in its order, with the name of who said it first, and once however often it is asked', async () => {
    const from = await groupOf(alice, bob);
    const sent = [...(await say(alice, from, 'one')), ...(await say(bob, from, 'two')), ...(await say(alice, from, 'three'))];
    const to = [await directOf(bob, carol), await groupOf(bob, carol)];
    const input = {
      ...{ fromConversationId: from, toConversationIds: to, clientForwardId: newId() },
      seqs: sent.map(({ message }) => message.seq).reverse(),
    };
    const first = await bob.caller.messages.forward(input);
    const again = await bob.caller.messages.forward(input);
    expect(again).toEqual(first);
    for (const id of to) {
      const { items } = await carol.caller.messages.list({ conversationId: id });
      const passedOn = items.filter((item) => item.forwardedFromId !== undefined);
      expect(passedOn.map(({ content, senderId, forwardedFromId }) => [content, senderId, forwardedFromId])).toEqual([
        [{ type: 'text', text: 'one' }, 'bob', 'alice'],
        [{ type: 'text', text: 'two' }, 'bob', 'bob'],
        [{ type: 'text', text: 'three' }, 'bob', 'alice'],
      ]);
    }
  });

  test('A13 nobody passes on what they cannot read, nor to where they cannot write', async () => {
    const hidden = await groupOf(alice, bob);
    const [said] = await say(alice, hidden, 'secret');
    const own = await groupOf(carol, stranger);
    const input = {
      ...{ fromConversationId: hidden, toConversationIds: [own], clientForwardId: newId() },
      seqs: [said?.message.seq ?? 0],
    };
    expect(await refusal(carol.caller.messages.forward(input))).toBe('NOT_FOUND');
    await alice.caller.groups.invite({ conversationId: hidden, userIds: ['carol'] });
    // A member by now, but it was said before.
    expect(await refusal(carol.caller.messages.forward(input))).toBe('NOT_FOUND');
    const elsewhere = await alice.caller.messages.forward({ ...input, toConversationIds: [own, hidden] });
    expect(elsewhere.results.map(({ refusal: code }) => code)).toEqual(['NOT_FOUND', undefined]);
  });

  test('F2 a mention that is passed on calls nobody', async () => {
    const from = await groupOf(alice, bob);
    const said = await send(alice, from, { type: 'text', text: '@Bob!', mentions: [{ userId: 'bob', name: 'Bob' }] });
    const to = await groupOf(alice, bob);
    await alice.caller.messages.forward({
      ...{ fromConversationId: from, toConversationIds: [to], clientForwardId: newId(), seqs: [said.message.seq] },
    });
    expect((await mine(bob, to)).mentions).toBeUndefined();
  });
});
