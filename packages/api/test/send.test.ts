import { limits, newId, type SendMessageResult } from '@nexo/shared';
import { describe, expect, test, vi } from 'vitest';
import { createWorld, type World } from '../src/testing/index.ts';
import { doorbellsOf, groupOf, people, refusal, refusalOf, rowsOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

const seqs = (rows: readonly { seq: number }[]) => rows.map((row) => row.seq);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

describe('sending', () => {
  test('P1 an acknowledged message is in the database, with its place, and everybody can read it at once', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const input = text(id, 'first');
    const { message, deduplicated } = await alice.caller.messages.send(input);
    expect(deduplicated).toBe(false);
    expect(message).toMatchObject({
      conversationId: id,
      seq: 1,
      change: 1,
      clientMessageId: input.clientMessageId,
      senderId: 'alice',
      content: { type: 'text', text: 'first' },
      countable: true,
      countableSeq: 1,
      sentAt: world.clock.now(),
    });
    const page = await bob.caller.messages.list({ conversationId: id });
    expect(page).toEqual({ items: [message], head: { seq: 1, change: 1 }, hasBefore: false, hasAfter: false });
  });

  test('P3 one clientMessageId makes exactly one message, from any node: 50 senders, each request four times over two nodes', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const owner = await world.user('owner');
    const senders = await Promise.all(upTo(50).map((n) => world.user(`sender${n}`)));
    const id = await groupOf(owner, ...senders);
    const requests = senders.map((sender) => ({ sender, input: text(id, `from ${sender.id}`) }));
    const answers = await Promise.all(
      requests.map(({ sender, input }) =>
        Promise.all([
          sender.caller.messages.send(input),
          other.as(sender).messages.send(input),
          sender.caller.messages.send(input),
          other.as(sender).messages.send(input),
        ]),
      ),
    );
    for (const same of answers) {
      expect(new Set(same.map((one) => JSON.stringify(one.message, Object.keys(one.message).sort()))).size).toBe(1);
      for (const one of same) expect(one.message).toEqual(same[0]?.message);
      expect(same.filter((one) => !one.deduplicated)).toHaveLength(1);
    }
    const rows = await rowsOf(world, id);
    expect(seqs(rows)).toEqual(upTo(51));
    expect(rows.map((row) => row.last_change)).toEqual(upTo(51));
    expect(rows.map((row) => row.countable_seq)).toEqual(upTo(50, 0));
    expect(new Set(rows.map((row) => row.client_message_id)).size).toBe(51);
  });

  test('P3 a duplicate that is committed while its retry waits for the head is found by the retry', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const input = text(id, 'once');
    const { sql } = world.services.db;
    let retry: Promise<SendMessageResult> | undefined;
    const { message } = await sql.begin(async (tx) => {
      // Another node has the head, and has not written yet when the retry begins to wait.
      await tx`select 1 from heads where conversation_id = ${id} for update`;
      retry = alice.caller.messages.send(input);
      retry.catch(() => undefined);
      await vi.waitFor(async () => expect(await waitingForLocks(world)).toBe(1));
      await tx`
        insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
        values (${id}, 1, ${newId()}, 'alice', ${input.clientMessageId}, 'text', '{"type":"text","text":"once"}', true, 1, now(), 1)`;
      await tx`update heads set seq = 1, change = 1, countable = 1 where conversation_id = ${id}`;
      return { message: { seq: 1 } };
    });
    expect(await retry).toMatchObject({ deduplicated: true, message });
    expect(seqs(await rowsOf(world, id))).toEqual([1]);
  });

  test('P4 the same id with another text is refused, and the first message stays as it is', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const input = text(id, 'first');
    await alice.caller.messages.send(input);
    expect(await refusal(alice.caller.messages.send({ ...input, content: { type: 'text', text: 'second' } }))).toBe(
      'IDEMPOTENCY_MISMATCH',
    );
    expect(await refusal(alice.caller.messages.send({ ...input, replyTo: 1 }))).toBe('IDEMPOTENCY_MISMATCH');
    const { items } = await alice.caller.messages.list({ conversationId: id });
    expect(items.map((item) => item.content)).toEqual([{ type: 'text', text: 'first' }]);
  });

  test('P5 the order of commits is the order of numbers: who sees a number sees everything below it', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    let sending = true;
    const writers = [alice.caller, other.as(alice), bob.caller, other.as(bob)].map(async (caller) => {
      for (let i = 0; i < 40; i++) await caller.messages.send(text(id));
    });
    const reading = (async () => {
      let looks = 0;
      while (sending) {
        const [look] = await world.services.db.sql<{ seq: number; change: number; rows: number; most: number }[]>`
          select h.seq, h.change, count(*)::int as rows, max(m.seq) as most
          from heads h join messages m using (conversation_id) where h.conversation_id = ${id} group by h.seq, h.change`;
        expect(look).toEqual({ seq: look?.rows, change: look?.rows, rows: look?.rows, most: look?.rows });
        looks++;
      }
      return looks;
    })();
    await Promise.all(writers);
    sending = false;
    expect(await reading).toBeGreaterThan(0);
    expect(seqs(await rowsOf(world, id))).toEqual(upTo(161));
  });

  test('P5 two sends of one client, the second after the answer to the first, have rising numbers on whatever node', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    let last = 0;
    for (const caller of [alice.caller, other.as(alice), other.as(alice), alice.caller]) {
      const { message } = await caller.messages.send(text(id));
      expect(message.seq).toBeGreaterThan(last);
      last = message.seq;
    }
  });

  test('P6 a stranger and who asks for what does not exist get the very same refusal', async () => {
    await using world = await createWorld();
    const [alice, , eve] = await people(world, 'alice', 'bob', 'eve');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const stranger = await refusalOf(eve.caller.messages.send(text(id)));
    expect(stranger).toMatchObject({ code: 'NOT_FOUND' });
    expect(stranger).toEqual(await refusalOf(eve.caller.messages.send(text(newId()))));
    expect(await rowsOf(world, id)).toEqual([]);
    expect(await doorbellsOf(world, id)).toEqual([]);
  });

  test('P7 who has left cannot send, but a retry of what they sent before gets the first answer', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const input = text(id, 'still here');
    const first = await bob.caller.messages.send(input);
    await bob.caller.groups.leave({ conversationId: id });
    expect(await bob.caller.messages.send(input)).toEqual({ message: first.message, deduplicated: true });
    expect(await refusal(bob.caller.messages.send(text(id)))).toBe('FORBIDDEN');
  });

  test('P8 a reply carries its quote: place, sender and the beginning of the text, the same in the answer, the event and the history', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const [quoted] = await say(alice, id, `${'é'.repeat(199)}😀 and more`);
    const { message } = await bob.caller.messages.send(text(id, 'yes', { replyTo: quoted?.message.seq ?? 0 }));
    expect(message.replyTo).toEqual({ seq: 2, senderId: 'alice', excerpt: `${'é'.repeat(199)}😀` });
    const { items } = await alice.caller.messages.get({ conversationId: id, seqs: [3] });
    expect(items).toEqual([message]);
    const told = world.heard.flatMap((heard) => (heard.kind === 'conversation' ? heard.events : []));
    expect(told).toContainEqual({ type: 'message.sent', conversationId: id, change: 3, message });
    const retry = await bob.caller.messages.send({
      ...text(id, 'yes', { replyTo: 2 }),
      clientMessageId: message.clientMessageId,
    });
    expect(retry).toEqual({ message, deduplicated: true });
  });

  test('P8 a reply to what does not exist, or is not visible to its sender, is refused and takes no number', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice);
    await say(alice, id, 'before bob came');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    expect(await refusalOf(bob.caller.messages.send(text(id, 're', { replyTo: 2 })))).toMatchObject({
      code: 'REPLY_NOT_FOUND',
      field: 'replyTo',
    });
    expect(await refusal(alice.caller.messages.send(text(id, 're', { replyTo: 99 })))).toBe('REPLY_NOT_FOUND');
    const { message } = await bob.caller.messages.send(text(id, 're', { replyTo: 3 }));
    expect(message).toMatchObject({ seq: 4, replyTo: { seq: 3, senderId: 'alice', excerpt: '' } });
  });

  test('P9 the size of a text counts in UTF-8 bytes', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const most = limits.messageTextMaxBytes;
    for (const fits of [
      'x'.repeat(most),
      'é'.repeat(most / 2),
      '😀'.repeat(most / 4),
      '"'.repeat(most),
      '\u0001'.repeat(most / 3),
    ]) {
      const { message } = await alice.caller.messages.send(text(id, fits));
      expect(message.content).toEqual({ type: 'text', text: fits });
    }
    // The last one is small enough, but would be three times as large as any other text in everything that carries it.
    for (const tooLarge of ['x'.repeat(most + 1), `x${'é'.repeat(most / 2)}`, '中'.repeat(most / 2), '\u0001'.repeat(most)]) {
      const refused = await refusalOf(alice.caller.messages.send(text(id, tooLarge)));
      expect(refused).toMatchObject({ code: 'MESSAGE_TOO_LARGE', field: 'content.text' });
    }
    expect(seqs(await rowsOf(world, id))).toEqual(upTo(5));
  });

  test('P9 a text comes back as it was sent: quotes, backslashes, line breaks, emoji, combining and right-to-left characters', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const texts = [
      '"\\"',
      'a\nb\tc\r\n',
      "'; drop table messages; --",
      '👩‍👩‍👧‍👦 e\u0301 \u202Eabc',
      '{"type":"notice"}',
      '\u0001\u001B[31m',
      '{a,"b",null}',
      ' x ',
    ];
    await say(alice, id, ...texts);
    const { items } = await alice.caller.messages.list({ conversationId: id });
    expect(items.map((item) => item.content)).toEqual(texts.map((words) => ({ type: 'text', text: words })));
  });

  test('P9 empty texts, and characters that no database of text can hold, never reach it and fail no neighbour', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    const bad = [
      '',
      '  \n ',
      '\u200b',
      '\u200d\ufeff \u2060',
      '\u00ad',
      '\u3164',
      '\u2800',
      'nul \u0000',
      'half \uD800 a pair',
      'other half \uDC00',
    ];
    const [refused, good] = await Promise.all([
      Promise.all(bad.map((words) => refusalOf(alice.caller.messages.send(text(id, words))))),
      Promise.all(upTo(5).map((n) => alice.caller.messages.send(text(id, `good ${n}`)))),
    ]);
    for (const one of refused) expect(one).toMatchObject({ code: 'INVALID_INPUT', field: 'content.text' });
    expect(seqs(good.map((one) => one.message)).sort()).toEqual(upTo(5));
  });

  test('P10 who sends has read up to their own message; the others have not', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    await say(alice, id, 'one', 'two');
    expect((await bob.caller.conversations.get({ conversationId: id })).me).toMatchObject({ readSeq: 0, unread: 2 });
    await say(bob, id, 'three');
    expect((await bob.caller.conversations.get({ conversationId: id })).me).toMatchObject({
      readSeq: 3,
      readCountable: 3,
      unread: 0,
    });
    const mine = await alice.caller.conversations.get({ conversationId: id });
    expect(mine).toMatchObject({ peerReadSeq: 3, me: { readSeq: 2, unread: 1 } });
  });

  test('P16 each accepted message is told once, in order, after its commit, and has a doorbell from the same commit', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const inputs = upTo(30).map(() => text(id));
    await Promise.allSettled([...inputs, ...inputs].map((input, i) => (i % 2 ? alice : bob).caller.messages.send(input)));
    await bob.caller.groups.leave({ conversationId: id });
    await refusal(bob.caller.messages.send(text(id)));
    const { head } = await alice.caller.conversations.get({ conversationId: id });
    const told = world.heard.flatMap((heard) => (heard.kind === 'conversation' ? [heard] : []));
    expect(told.flatMap((heard) => heard.events.map((event) => event.change))).toEqual(upTo(head.change, 2));
    for (const heard of told) expect([heard.events[0]?.change, heard.events.at(-1)?.change]).toEqual([heard.from, heard.to]);
    const bells = await doorbellsOf(world, id);
    expect(bells.flatMap(({ from, to }) => upTo(to, from))).toEqual(upTo(head.change, 2));
    expect(bells).toEqual(told.map(({ from, to }) => ({ from, to })));
  });
});

/** Backends of this world's database that wait for a lock. */
async function waitingForLocks(world: World): Promise<number> {
  const [row] = await world.services.db.sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}
