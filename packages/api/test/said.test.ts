import {
  customContent,
  defineCustomKind,
  isMentioned,
  limits,
  newId,
  readCustom,
  type SendableContent,
  type TextContent,
} from '@nexo/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeClockLook, startDueClocks } from '../src/conversations/start-clocks.ts';
import { endOwnClocks } from '../src/messages/end-own-clocks.ts';
import { expireMessages } from '../src/messages/expire-messages.ts';
import { readEvents } from '../src/sync/for-nodes.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
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

const send = (who: WorldUser, conversationId: string, content: SendableContent, more: { silent?: true } = {}) =>
  who.caller.messages.send({ conversationId, clientMessageId: newId(), content, ...more });

const mine = async (who: WorldUser, conversationId: string) => (await who.caller.conversations.get({ conversationId })).me;

async function directOf(one: WorldUser, other: WorldUser): Promise<string> {
  return (await one.caller.conversations.openDirect({ userId: other.id })).id;
}

async function contentOf(who: WorldUser, conversationId: string, seq: number): Promise<{ type: string }> {
  const { items } = await who.caller.messages.get({ conversationId, seqs: [seq] });
  return items[0]?.content ?? { type: 'none' };
}

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

describe('receipts', () => {
  test('C34 who sent a message sees who has read it', async () => {
    const id = await groupOf(alice, bob, carol);
    const [said] = await say(alice, id, 'read me');
    const seq = said?.message.seq ?? 0;
    await bob.caller.conversations.markRead({ conversationId: id, seq });
    expect(await alice.caller.messages.receipts({ conversationId: id, seq })).toEqual({
      ...{ readCount: 1, outOf: 2, readBy: ['bob'], notYetReadBy: ['carol'] },
    });
    expect(await refusal(bob.caller.messages.receipts({ conversationId: id, seq }))).toBe('FORBIDDEN');
    expect(await refusal(stranger.caller.messages.receipts({ conversationId: id, seq }))).toBe('NOT_FOUND');
  });

  test('C34 C35 in a group of more than that nobody is named, however few of them show what they have read', async () => {
    const [hans, ida] = await people(world, 'hans', 'ida');
    const id = await groupOf(hans, ida);
    const { sql } = world.services.db;
    const others = limits.receiptsMaxMembers - 2;
    await sql`
      insert into users (id, display_name, settings) select 'quiet' || n, 'Quiet', '{"readReceipts":false}' from generate_series(1, ${others}::int) n`;
    await sql`insert into members (conversation_id, user_id) select ${id}, 'quiet' || n from generate_series(1, ${others}::int) n`;
    const [said] = await say(hans, id, 'read me');
    const receipts = async (memberCount: number) => {
      await sql`update groups set member_count = ${memberCount} where conversation_id = ${id}`;
      return hans.caller.messages.receipts({ conversationId: id, seq: said?.message.seq ?? 0 });
    };
    expect(await receipts(limits.receiptsMaxMembers)).toEqual({ readCount: 0, outOf: 1, readBy: [], notYetReadBy: ['ida'] });
    expect(await receipts(limits.receiptsMaxMembers + 1)).toEqual({ readCount: 0, outOf: 1 });
  });

  test('C34 that somebody has cleared the chat does not show in the receipts; who came later was never shown it', async () => {
    const [dora, emil, fay] = await people(world, 'dora2', 'emil2', 'fay2');
    const id = await groupOf(dora, emil, bob);
    const seqs = (await say(dora, id, 'one', 'two')).map(({ message }) => message.seq);
    await dora.caller.groups.invite({ conversationId: id, userIds: ['fay2'] });
    const receipts = () => Promise.all(seqs.map((seq) => dora.caller.messages.receipts({ conversationId: id, seq })));
    await emil.caller.conversations.markRead({ conversationId: id, seq: 99 });
    const before = await receipts();
    expect(before).toMatchObject(seqs.map(() => ({ readCount: 1, outOf: 2, readBy: ['emil2'], notYetReadBy: ['bob'] })));
    await emil.caller.conversations.clear({ conversationId: id, upToSeq: seqs[0] ?? 0 });
    await emil.caller.conversations.remove({ conversationId: id });
    await fay.caller.conversations.clear({ conversationId: id });
    expect(await receipts()).toEqual(before);
    await emil.caller.groups.leave({ conversationId: id });
    await dora.caller.groups.invite({ conversationId: id, userIds: ['emil2'] });
    await emil.caller.conversations.clear({ conversationId: id });
    expect(await receipts()).toEqual(before);
  });

  test('C35 who hides what they have read is not seen, and does not see others', async () => {
    const [dora, emil] = await people(world, 'dora', 'emil');
    const id = await groupOf(dora, emil, bob);
    const direct = await directOf(dora, emil);
    const [said] = await say(dora, id, 'read me');
    const seq = said?.message.seq ?? 0;
    await emil.caller.users.update({ readReceipts: false });
    const heard = world.heard.length;
    await emil.caller.conversations.markRead({ conversationId: id, seq });
    expect(world.heard.slice(heard).filter((message) => message.kind === 'read')).toEqual([]);
    expect(await dora.caller.messages.receipts({ conversationId: id, seq })).toMatchObject({ outOf: 1, notYetReadBy: ['bob'] });
    const members = await dora.caller.groups.members({ conversationId: id });
    expect(members.items.find((member) => member.userId === 'emil')?.readSeq).toBeUndefined();
    for (const who of [dora, emil]) {
      expect((await who.caller.conversations.get({ conversationId: direct })).peerReadSeq).toBeUndefined();
    }
    const [own] = await say(emil, id, 'mine');
    expect(await refusal(emil.caller.messages.receipts({ conversationId: id, seq: own?.message.seq ?? 0 }))).toBe('FORBIDDEN');
    const asEmil = await emil.caller.groups.members({ conversationId: id });
    expect(asEmil.items.find((member) => member.userId === 'dora')?.readSeq).toBeUndefined();
    await emil.caller.users.update({ readReceipts: true });
    expect((await dora.caller.conversations.get({ conversationId: direct })).peerReadSeq).toBe(0);
  });
});

describe('what disappears', () => {
  test('E1 in private mode a message disappears so long after the other side has read it, and not before', async () => {
    const [fred, gina] = await people(world, 'fred', 'gina');
    const id = await directOf(fred, gina);
    await fred.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 30_000 });
    const { message } = await send(fred, id, { type: 'text', text: 'burn me' });
    world.clock.turn(3_600_000);
    await startDueClocks(world.services);
    await expireMessages(world.services);
    expect(await contentOf(gina, id, message.seq)).toMatchObject({ type: 'text' });
    await gina.caller.conversations.markRead({ conversationId: id, seq: message.seq });
    world.clock.turn(29_999);
    await expireMessages(world.services);
    expect(await contentOf(gina, id, message.seq)).toMatchObject({ type: 'text' });
    world.clock.turn(1);
    await expireMessages(world.services);
    for (const who of [fred, gina]) expect(await contentOf(who, id, message.seq)).toEqual({ type: 'expired' });
    const [row] = await world.services.db.sql<{ content: object }[]>`
      select content from messages where conversation_id = ${id} and seq = ${message.seq}`;
    expect(JSON.stringify(row)).not.toContain('burn');
  });

  test('E1 who answers has read: the clock of what they answer runs', async () => {
    const [hugo, ines] = await people(world, 'hugo', 'ines');
    const id = await directOf(hugo, ines);
    await hugo.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 1_000 });
    const { message } = await send(hugo, id, { type: 'text', text: 'burn me' });
    await send(ines, id, { type: 'text', text: 'indeed' });
    world.clock.turn(1_000);
    await expireMessages(world.services);
    expect(await contentOf(hugo, id, message.seq)).toEqual({ type: 'expired' });
  });

  test('E1 who passes something on to the chat has read: the clock runs', async () => {
    const [karl, lena] = await people(world, 'karl', 'lena');
    const id = await directOf(karl, lena);
    const elsewhere = await groupOf(lena);
    const [said] = await say(lena, elsewhere, 'look');
    await karl.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 1_000 });
    const { message } = await send(karl, id, { type: 'text', text: 'burn me' });
    const seqs = [said?.message.seq ?? 0];
    await lena.caller.messages.forward({
      fromConversationId: elsewhere,
      seqs,
      toConversationIds: [id],
      clientForwardId: newId(),
    });
    world.clock.turn(1_000);
    await expireMessages(world.services);
    expect(await contentOf(karl, id, message.seq)).toEqual({ type: 'expired' });
  });

  test('E1 a clock that cannot be started when something is read is started at the next look, and reading is no less done', async () => {
    const [mona, nils] = await people(world, 'mona', 'nils');
    const id = await directOf(mona, nils);
    await mona.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 1_000 });
    const { message } = await send(mona, id, { type: 'text', text: 'burn me' });
    const { sql } = world.services.db;
    const isRunning = async () =>
      (await sql`select 1 from messages where conversation_id = ${id} and expires_at is not null`).length > 0;
    const look = makeClockLook(world.services);
    await look();
    await sql.begin(async (tx) => {
      // For longer than a lock is waited for.
      await tx`select 1 from heads where conversation_id = ${id} for update`;
      expect(await nils.caller.conversations.markRead({ conversationId: id, seq: message.seq })).toMatchObject({ unread: 0 });
    });
    expect(await isRunning()).toBe(false);
    await look();
    expect(await isRunning()).toBe(true);
  });

  test('E1 what was read when a process ended is found by the first look of a node; the others do not go through all that is unread', async () => {
    const [olga, paul] = await people(world, 'olga', 'paul');
    const id = await directOf(olga, paul);
    await olga.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 1_000 });
    const { sql } = world.services.db;
    const waiting = async () => (await sql`select 1 from messages where conversation_id = ${id} and awaits_reading`).length;
    const readUnheard = async () => {
      const { message } = await send(olga, id, { type: 'text', text: 'burn me' });
      await sql`update members set read_seq = ${message.seq} where conversation_id = ${id} and user_id = 'paul'`;
    };
    const look = makeClockLook(world.services);
    await readUnheard();
    await look();
    expect(await waiting()).toBe(0);
    await readUnheard();
    await look();
    expect(await waiting()).toBe(1);
    await makeClockLook(world.services)();
    expect(await waiting()).toBe(0);
  });

  test('E1 who clears or removes the chat has read: the clock of what they clear runs', async () => {
    for (const how of ['clear', 'remove'] as const) {
      const [one, other] = await people(world, `${how}-one`, `${how}-other`);
      const id = await directOf(one, other);
      await one.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 1_000 });
      const { message } = await send(one, id, { type: 'text', text: 'burn me' });
      await other.caller.conversations[how]({ conversationId: id });
      world.clock.turn(1_000);
      await expireMessages(world.services);
      expect(await contentOf(one, id, message.seq), how).toEqual({ type: 'expired' });
    }
  });

  describe('E1 C35 A18 where a sender is not to know what was read, nothing that they see depends on it', () => {
    type Hide = (sender: WorldUser, reader: WorldUser) => Promise<unknown>;
    const ways: [what: string, hide: Hide, show: Hide][] = [
      [
        'the reader hides it',
        (_, reader) => reader.caller.users.update({ readReceipts: false }),
        (_, reader) => reader.caller.users.update({ readReceipts: true }),
      ],
      [
        'the sender hides it',
        (sender) => sender.caller.users.update({ readReceipts: false }),
        (sender) => sender.caller.users.update({ readReceipts: true }),
      ],
      [
        'the reader has blocked the sender',
        (sender, reader) => reader.caller.contacts.block({ userId: sender.id }),
        (sender, reader) => reader.caller.contacts.unblock({ userId: sender.id }),
      ],
    ];
    test.each(ways)('%s', async (_, hide, show) => {
      await using young = await createWorld();
      const [sender, reader] = await people(young, 'sender', 'reader');
      const id = await directOf(sender, reader);
      await sender.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 30_000 });
      const { seq } = (await send(sender, id, { type: 'text', text: 'burn me' })).message;
      await hide(sender, reader);
      const seen = async () => {
        const { head, lastMessage } = await sender.caller.conversations.get({ conversationId: id });
        return { head, lastMessage, rows: (await sender.caller.messages.list({ conversationId: id })).items };
      };
      const look = async () => {
        for (const job of [startDueClocks, endOwnClocks, expireMessages]) await job(young.services);
      };
      const before = await seen();
      young.heard.length = 0;
      await reader.caller.conversations.markRead({ conversationId: id, seq });
      young.clock.turn(29_999);
      await look();
      expect(await contentOf(reader, id, seq)).toMatchObject({ type: 'text' });
      young.clock.turn(1);
      await look();
      await look();
      expect(await contentOf(reader, id, seq)).toEqual({ type: 'none' });
      expect(await seen()).toEqual(before);
      const told = young.heard.flatMap((message) =>
        message.kind === 'user' ? [message.userId] : message.kind === 'conversation' || message.kind === 'read' ? ['all'] : [],
      );
      expect(new Set(told)).toEqual(new Set(['reader']));
      expect(young.heard.flatMap((message) => (message.kind === 'user' ? message.events : []))).toContainEqual(
        expect.objectContaining({ type: 'me.removed', seqs: [seq] }),
      );

      // Once it may be known, it goes as it would have gone.
      await show(sender, reader);
      await look();
      expect((await seen()).lastMessage?.expiresAt).toBe(young.clock.now() + 30_000);
      young.clock.turn(30_000);
      await look();
      expect(await contentOf(sender, id, seq)).toEqual({ type: 'expired' });
    });

    test('what was read in secret goes for all at a time that does not say when; what nobody has read is not lost', async () => {
      await using young = await createWorld();
      const [sender, reader, other] = await people(young, 'sender', 'reader', 'other');
      const ids = [await directOf(sender, reader), await directOf(sender, other)];
      await reader.caller.users.update({ readReceipts: false });
      for (const id of ids) {
        await sender.caller.messages.setDisappearing({ conversationId: id, afterReadMs: 30_000 });
        await say(sender, id, 'burn me');
      }
      await reader.caller.conversations.markRead({ conversationId: ids[0] ?? '', seq: 99 });
      const states = async () => {
        for (const job of [startDueClocks, endOwnClocks, expireMessages]) await job(young.services);
        const views = await Promise.all(ids.map((id) => sender.caller.conversations.get({ conversationId: id })));
        return views.map(({ lastMessage }) => [lastMessage?.content.type, lastMessage?.expiresAt]);
      };
      const end = young.clock.now() + limits.privateSecretMaxMs;
      young.clock.turn(limits.privateSecretMaxMs - 1);
      expect(await states()).toEqual([
        ['text', undefined],
        ['text', undefined],
      ]);
      young.clock.turn(1);
      expect(await states()).toEqual([
        ['text', end + 30_000],
        ['text', undefined],
      ]);
      young.clock.turn(30_000);
      expect((await states()).map(([type]) => type)).toEqual(['expired', 'text']);
    });
  });

  test('E2 with auto-delete a message disappears so long after it was sent; what was sent before the setting stays', async () => {
    const id = await groupOf(alice, bob);
    const [old] = await say(alice, id, 'kept');
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 60_000 });
    const [said] = await say(alice, id, 'gone soon');
    world.clock.turn(60_000);
    await expireMessages(world.services);
    expect(await contentOf(bob, id, said?.message.seq ?? 0)).toEqual({ type: 'expired' });
    expect(await contentOf(bob, id, old?.message.seq ?? 0)).toMatchObject({ type: 'text' });
  });

  test('C7 what has disappeared is not unread, nor a mention, and what comes later counts right', async () => {
    const id = await groupOf(alice, bob);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    await say(alice, id, 'one', 'two');
    await send(alice, id, { type: 'text', text: '@Bob', mentions: [{ userId: 'bob', name: 'Bob' }] });
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: null });
    const [kept] = await say(alice, id, 'four');
    expect(await mine(bob, id)).toMatchObject({ unread: 4 });
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const me = await mine(bob, id);
    expect({ unread: me.unread, mentions: me.mentions }).toEqual({ unread: 1, mentions: undefined });
    await say(alice, id, 'five');
    expect((await mine(bob, id)).unread).toBe(2);
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: kept?.message.seq ?? 0 })).toMatchObject({
      unread: 1,
    });
    expect((await mine(bob, id)).gone).toBeUndefined();
  });

  test('E3 quotes of what has disappeared lose their words, and it cannot be passed on', async () => {
    const id = await groupOf(alice, bob);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const [said] = await say(alice, id, 'the secret');
    const seq = said?.message.seq ?? 0;
    const forward = { fromConversationId: id, seqs: [seq], toConversationIds: [id], clientForwardId: newId() };
    expect(await refusal(bob.caller.messages.forward(forward))).toBe('FORBIDDEN');
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: null });
    const reply = await bob.caller.messages.send(text(id, 'oh', { replyTo: seq }));
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const { items } = await bob.caller.messages.get({ conversationId: id, seqs: [reply.message.seq] });
    expect(items[0]?.replyTo).toMatchObject({ seq, excerpt: '' });
  });

  test('E4 it is in the state diff, each a change of its own, and sent again it stays gone', async () => {
    const id = await groupOf(alice, bob);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const input = text(id, 'once');
    const { message } = await alice.caller.messages.send(input);
    const { change: since } = (await bob.caller.conversations.get({ conversationId: id })).head;
    world.clock.turn(1_000);
    await expireMessages(world.services);
    await expireMessages(world.services);
    const repair = await bob.caller.sync.changes({ conversationId: id, since });
    expect(repair).toMatchObject({ head: { change: since + 1 }, messages: [{ seq: message.seq, content: { type: 'expired' } }] });
    expect(await alice.caller.messages.send(input)).toMatchObject({
      deduplicated: true,
      message: { content: { type: 'expired' } },
    });
  });

  test('E4 a node that missed the bus hears of it, also for who never had the message', async () => {
    const id = await groupOf(alice, bob);
    await alice.caller.messages.setDisappearing({ conversationId: id, afterSentMs: 1_000 });
    const { change: since } = (await bob.caller.conversations.get({ conversationId: id })).head;
    const [said] = await say(alice, id, 'missed');
    world.clock.turn(1_000);
    await expireMessages(world.services);
    const { events } = await readEvents(world.services, id, since);
    expect(events).toMatchObject([{ type: 'message.expired', change: since + 2, message: { seq: said?.message.seq } }]);
  });

  test('E5 either side of a direct conversation sets it, of a group its owner and admins, and a stranger learns nothing', async () => {
    const id = await groupOf(alice, bob);
    const set = (who: WorldUser, how: object) => who.caller.messages.setDisappearing({ conversationId: id, ...how });
    expect(await refusal(set(bob, { afterSentMs: 5_000 }))).toBe('FORBIDDEN');
    expect(await refusal(set(stranger, { afterSentMs: 5_000 }))).toBe('NOT_FOUND');
    expect(await refusal(set(alice, { afterReadMs: 5_000 }))).toBe('INVALID_INPUT');
    expect(await refusal(set(alice, { afterSentMs: 5 }))).toBe('INVALID_INPUT');
    expect(await set(alice, { afterSentMs: 5_000 })).toEqual({ afterSentMs: 5_000 });
    const { head, disappearing, lastMessage } = await bob.caller.conversations.get({ conversationId: id });
    expect(disappearing).toEqual({ afterSentMs: 5_000 });
    expect(lastMessage?.content).toMatchObject({ notice: 'disappearing.changed', disappearing: { afterSentMs: 5_000 } });
    await set(alice, { afterSentMs: 5_000 });
    expect((await bob.caller.conversations.get({ conversationId: id })).head).toEqual(head);
  });
});
