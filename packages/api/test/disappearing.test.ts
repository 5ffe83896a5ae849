import { limits, newId } from '@nexo/shared';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeClockLook, startDueClocks } from '../src/conversations/start-clocks.ts';
import { endOwnClocks } from '../src/messages/end-own-clocks.ts';
import { expireMessages } from '../src/messages/expire-messages.ts';
import { readEvents } from '../src/sync/for-nodes.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { contentOf, directOf, mine, send } from './said-scene.ts';
import { groupOf, people, refusal, say, text } from './scene.ts';

let world: World;
let alice: WorldUser;
let bob: WorldUser;
let stranger: WorldUser;

beforeAll(async () => {
  world = await createWorld();
  [alice, bob, stranger] = await people(world, 'alice', 'bob', 'stranger');
  return () => world[Symbol.asyncDispose]();
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
