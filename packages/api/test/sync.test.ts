import { type ConversationRepair, limits, newId, type ResumeInput } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { listCursors, readEvents } from '../src/index.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, say, text } from './scene.ts';

const times = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Everything a client without a store gets, and the cursors it has then. */
async function snapshotOf(user: WorldUser) {
  const { epoch, userChange, items } = await user.caller.sync.snapshot({});
  return { epoch, userChange, conversations: items.map(({ id, head }) => ({ id, change: head.change })) };
}

async function resumed(user: WorldUser, input: ResumeInput) {
  const result = await user.caller.sync.resume(input);
  if (result.kind !== 'resumed') throw new Error(`answered ${result.kind}`);
  return result;
}

const idOf = (repair: ConversationRepair) => (repair.kind === 'reset' ? repair.conversation.id : repair.conversationId);

describe('sync.snapshot', () => {
  test('Y1 its pages hold every conversation once, hidden and left ones too, most recently active first', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const ids = new Set<string>();
    for (const _ of times(6)) ids.add(await groupOf(alice, bob));
    ids.add((await alice.caller.conversations.openDirect({ userId: 'bob' })).id);
    const left = await groupOf(alice, bob);
    ids.add(left);
    await bob.caller.groups.leave({ conversationId: left });
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await bob.caller.sync.snapshot({ limit: 3, ...(cursor == null ? {} : { cursor }) });
      expect(page).toMatchObject({ protocolVersion: 1, me: { id: 'bob' }, serverTime: world.clock.now() });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(8);
    expect(new Set(seen)).toEqual(ids);
  });
});

describe('sync.resume', () => {
  test('Y2 equal cursors get nothing, also of a conversation in which nothing was ever said', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await groupOf(alice, bob);
    await alice.caller.conversations.openDirect({ userId: 'bob' });
    for (const user of [alice, bob]) {
      const cursors = await snapshotOf(user);
      expect(await resumed(user, cursors)).toEqual({
        kind: 'resumed',
        userChange: cursors.userChange,
        repairs: [],
        added: [],
        addedMore: false,
        memberships: [],
        serverTime: world.clock.now(),
      });
    }
  });

  test('Y10 conversations that the client does not know come in parts, newest first, until it knows all', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const empty = await snapshotOf(alice);
    const made = limits.resumeMaxAdded + 1;
    for (let n = 0; n < made; n++) await groupOf(alice, bob);
    const first = await resumed(alice, empty);
    expect({ added: first.added.length, more: first.addedMore }).toEqual({ added: limits.resumeMaxAdded, more: true });
    const known = first.added.map(({ id, head }) => ({ id, change: head.change }));
    const second = await resumed(alice, { ...empty, conversations: known });
    expect({ added: second.added.length, more: second.addedMore }).toEqual({ added: 1, more: false });
    expect(new Set([...first.added, ...second.added].map(({ id }) => id)).size).toBe(made);
  });

  test('Y3 a conversation that moved is repaired by what changed since: messages, who joined, who left, the profile, the own side', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    const before = await snapshotOf(bob);
    await say(alice, id, 'two', 'three');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['carol', 'dave'] });
    const { repairs, added, memberships } = await resumed(bob, before);
    const view = await bob.caller.conversations.get({ conversationId: id });
    const { items } = await bob.caller.messages.list({ conversationId: id });
    expect({ added, memberships }).toEqual({ added: [], memberships: [] });
    expect(repairs).toEqual([
      {
        kind: 'changes',
        conversationId: id,
        since: 1,
        head: view.head,
        countable: 2,
        messages: items.slice(1),
        members: [expect.objectContaining({ userId: 'carol' }), expect.objectContaining({ userId: 'dave' })],
        leftUserIds: [],
        group: view.group,
        me: view.me,
      },
    ]);
    expect(await bob.caller.sync.changes({ conversationId: id, since: 1 })).toEqual(repairs[0]);
  });

  test('Y3 somebody who came and left again is only gone; a place in a direct conversation comes with the repair', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    const direct = (await alice.caller.conversations.openDirect({ userId: 'bob' })).id;
    await say(alice, direct, 'one');
    const before = await snapshotOf(alice);
    await alice.caller.groups.invite({ conversationId: id, userIds: ['carol'] });
    await carol.caller.groups.leave({ conversationId: id });
    await say(bob, direct, 'two');
    const { repairs } = await resumed(alice, before);
    expect(repairs.find((repair) => idOf(repair) === id)).toMatchObject({ kind: 'changes', members: [], leftUserIds: ['carol'] });
    expect(repairs.find((repair) => idOf(repair) === direct)).toMatchObject({ kind: 'changes', peerReadSeq: 2 });
  });

  test('Y4 a client too far behind, ahead of the head, or without anything gets a reset: the view and the latest page', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const before = await snapshotOf(bob);
    await Promise.all(times(limits.changesMax).map((i) => alice.caller.messages.send(text(id, `${i}`))));
    expect((await resumed(bob, before)).repairs).toMatchObject([{ kind: 'changes' }]);
    await say(alice, id, 'one more');
    const view = await bob.caller.conversations.get({ conversationId: id });
    const { items } = await bob.caller.messages.list({ conversationId: id, limit: limits.latestPageMessages });
    const reset = { kind: 'reset', conversation: view, messages: items };
    expect((await resumed(bob, before)).repairs).toEqual([reset]);
    for (const since of [0, 1, view.head.change + 1, Number.MAX_SAFE_INTEGER]) {
      expect(await bob.caller.sync.changes({ conversationId: id, since })).toEqual(reset);
    }
    expect(await bob.caller.sync.changes({ conversationId: id, since: view.head.change })).toMatchObject({
      kind: 'changes',
      messages: [],
    });
  });

  test('Y5 what the caller never was in is gone, and looks the same whether it exists', async () => {
    await using world = await createWorld();
    const [alice, bob, eve] = await people(world, 'alice', 'bob', 'eve');
    const id = await groupOf(alice, bob);
    const nowhere = newId();
    const cursors = await snapshotOf(eve);
    const { repairs } = await resumed(eve, { ...cursors, conversations: [id, nowhere].map((one) => ({ id: one, change: 1 })) });
    expect(repairs).toEqual([id, nowhere].map((conversationId) => ({ kind: 'gone', conversationId })));
  });

  test('Y6 conversations the client did not name are added, as full views; parts by id together cover everything once', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const old: string[] = [];
    for (const _ of times(5)) old.push(await groupOf(alice, bob));
    const known = await snapshotOf(bob);
    const fresh = new Set<string>();
    for (const _ of times(4)) fresh.add(await groupOf(alice, bob));
    fresh.add((await alice.caller.conversations.openDirect({ userId: 'bob' })).id);
    await say(alice, old[3] ?? '', 'moved');
    const whole = await resumed(bob, known);
    expect(new Set(whole.added.map((view) => view.id))).toEqual(fresh);
    for (const view of whole.added) expect(await bob.caller.conversations.get({ conversationId: view.id })).toEqual(view);
    expect(whole.repairs.map(idOf)).toEqual([old[3]]);

    const sorted = known.conversations.toSorted((one, two) => (one.id < two.id ? -1 : 1));
    const parts: ResumeInput[] = [];
    for (let at = 0; at < sorted.length; at += 2) {
      const conversations = sorted.slice(at, at + 2);
      const last = at + 2 >= sorted.length;
      const after = parts.at(-1)?.upTo;
      const upTo = conversations.at(-1)?.id;
      parts.push({
        ...known,
        conversations,
        ...(after === undefined ? {} : { after }),
        ...(last || upTo === undefined ? {} : { upTo }),
      });
    }
    expect(parts).toHaveLength(3);
    const answers = [];
    for (const part of parts) answers.push(await resumed(bob, part));
    const added = answers.flatMap((answer) => answer.added.map((view) => view.id));
    expect(added).toHaveLength(fresh.size);
    expect(new Set(added)).toEqual(fresh);
    expect(answers.flatMap((answer) => answer.repairs.map(idOf))).toEqual([old[3]]);
  });

  test('Y7 the own side that changed alone comes as a membership; the own profile comes when it changed', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'one');
    const before = await snapshotOf(bob);
    await bob.caller.conversations.markRead({ conversationId: id, seq: 2 });
    const { me } = await bob.caller.conversations.get({ conversationId: id });
    const first = await resumed(bob, before);
    expect(first).toMatchObject({ repairs: [], memberships: [{ conversationId: id, me }], userChange: me.userChange });
    expect(first).not.toHaveProperty('me');
    await bob.caller.users.update({ displayName: 'Robert' });
    expect(await resumed(bob, { ...before, userChange: first.userChange })).toMatchObject({
      memberships: [],
      me: { displayName: 'Robert' },
    });
  });

  test('Y8 of another epoch the client is told to begin anew', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const cursors = await snapshotOf(alice);
    await world.services.db.sql`update system set epoch = gen_random_uuid()`;
    const { epoch } = await snapshotOf(alice);
    expect(await alice.caller.sync.resume(cursors)).toEqual({ kind: 'epochChanged', epoch });
  });

  test('Y9 who has left is repaired up to their leaving and not further; who comes back gets both', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const before = await snapshotOf(bob);
    await say(alice, id, 'two');
    await bob.caller.groups.leave({ conversationId: id });
    await say(alice, id, 'secret');
    const [left] = (await resumed(bob, before)).repairs;
    expect(left).toMatchObject({ kind: 'changes', head: { seq: 2, change: 3 }, leftUserIds: ['bob'], countable: 1 });
    expect(left?.kind === 'changes' && left.messages.map((message) => message.seq)).toEqual([2]);
    expect((await resumed(bob, { ...before, conversations: [{ id, change: 3 }] })).repairs).toEqual([]);
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    const [back] = (await resumed(bob, { ...before, conversations: [{ id, change: 3 }] })).repairs;
    expect(back?.kind === 'changes' && back.messages.map((message) => message.seq)).toEqual([5]);
    expect(JSON.stringify(back)).not.toContain('secret');
  });

  test('a message that was amended is in every diff since, wherever it stands, and what was not is in none', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'one', 'two', 'three', 'four');
    const before = await snapshotOf(bob);
    const since = (change: number) => ({ ...before, conversations: [{ id, change }] });
    const seqs = async (change: number) =>
      (await resumed(bob, since(change))).repairs.flatMap((repair) =>
        repair.kind === 'changes' ? repair.messages.map((message) => [message.seq, message.change]) : [],
      );
    const { sql } = world.services.db;
    await sql`update messages set last_change = 6, amended = true where conversation_id = ${id} and seq = 2`;
    await sql`update heads set change = 6 where conversation_id = ${id}`;
    await say(alice, id, 'five');
    expect(await seqs(5)).toEqual([
      [2, 6],
      [6, 7],
    ]);
    expect(await seqs(3)).toEqual([
      [2, 6],
      [4, 4],
      [5, 5],
      [6, 7],
    ]);
    expect(await seqs(6)).toEqual([[6, 7]]);
    expect((await readEvents(world.services, id, 5)).events.map((event) => event.change)).toEqual([6, 7]);
    expect((await readEvents(world.services, id, 4)).events.map((event) => event.change)).toEqual([5, 6, 7]);
  });

  test('Y10 an answer that would grow too large goes on with views alone', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const ids: string[] = [];
    // 45 conversations of 50 messages in a page: more than the 2,000 of one answer.
    for (const _ of times(45)) ids.push(await groupOf(alice, bob));
    await world.services.db.sql`
      insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
      select h.conversation_id, n, gen_random_uuid(), 'alice', gen_random_uuid(), 'text', '{"type":"text","text":"x"}', true, n - 1, now(), n
      from heads h, generate_series(2, 300) n`;
    await world.services.db.sql`update heads set seq = 300, change = 300, countable = 299`;
    const { epoch, userChange } = await snapshotOf(bob);
    const far = await resumed(bob, { epoch, userChange, conversations: ids.map((id) => ({ id, change: 1 })) });
    expect(far.repairs).toHaveLength(45);
    const lengths = far.repairs.map((repair) => (repair.kind === 'reset' ? repair.messages.length : -1));
    expect(lengths.filter((length) => length === limits.latestPageMessages)).toHaveLength(40);
    expect(lengths.filter((length) => length === 0)).toHaveLength(5);
    // Diffs and resets together keep to it, too: ten of 200 use it up, and the newest reset has its page all the same.
    const near = await resumed(bob, { epoch, userChange, conversations: ids.map((id) => ({ id, change: 100 })) });
    const messages = near.repairs.reduce((sum, repair) => sum + (repair.kind === 'gone' ? 0 : repair.messages.length), 0);
    expect(near.repairs.filter((repair) => repair.kind === 'changes')).toHaveLength(10);
    expect(messages).toBe(2_000 + limits.latestPageMessages);
  });

  test('Y10 nor is an answer as large as many long messages: what has no room is a reset, the newest with its page', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const ids = [await groupOf(alice, bob), await groupOf(alice, bob), await groupOf(alice, bob)];
    const content = JSON.stringify({ type: 'text', text: 'x'.repeat(limits.messageTextMaxBytes) });
    await world.services.db.sql`
      insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
      select h.conversation_id, n, gen_random_uuid(), 'alice', gen_random_uuid(), 'text', ${content}::text::jsonb, true, n - 1, now(), n
      from heads h, generate_series(2, 101) n`;
    await world.services.db.sql`update heads set seq = 101, change = 101, countable = 100`;
    const { epoch, userChange } = await snapshotOf(bob);
    const { repairs } = await resumed(bob, { epoch, userChange, conversations: ids.map((id) => ({ id, change: 1 })) });
    expect(repairs.map((repair) => [repair.kind, repair.kind === 'gone' ? -1 : repair.messages.length])).toEqual([
      ['changes', 100],
      ['reset', limits.latestPageMessages],
      ['reset', 0],
    ]);
    expect(JSON.stringify(repairs).length).toBeLessThan(limits.outboundCeilingBytes / 2);
  });
});

describe('Y10 strangers with long texts', () => {
  /** A text that JSON makes six times as long. */
  const text = `${'\u0001'.repeat(limits.messageTextMaxBytes - 1)}x`;

  async function shoutInAll(world: World) {
    const content = JSON.stringify({ type: 'text', text });
    await world.services.db.sql`
      insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change)
      select h.conversation_id, 2, gen_random_uuid(), 'mallory', gen_random_uuid(), 'text', ${content}::text::jsonb, true, 1, now(), 2
      from heads h where h.change = 1`;
    await world.services.db.sql`update heads set seq = 2, change = 2, countable = 1 where change = 1`;
  }

  test.each([
    ['conversations it knows', true],
    ['conversations it does not know', false],
  ])('a client gets %s in several answers that an ordinary link carries, and in the end all of them', async (_, areKnown) => {
    await using world = await createWorld();
    const [mallory, bob] = await people(world, 'mallory', 'bob');
    const before = await snapshotOf(bob);
    const ids: string[] = [];
    for (const _ of times(60)) ids.push(await groupOf(mallory, bob));
    await shoutInAll(world);
    // A cursor ahead of the head is answered by a reset.
    const cursors = new Map(areKnown ? ids.map((id) => [id, 9]) : []);
    const got = new Map<string, string>();
    let rounds = 0;
    for (let more = true; more; rounds++) {
      const conversations = [...cursors].map(([id, change]) => ({ id, change }));
      const answer = await resumed(bob, { ...before, conversations });
      expect(JSON.stringify(answer).length).toBeLessThan(limits.outboundCeilingBytes / 2);
      for (const repair of answer.repairs) if (repair.kind === 'reset') answer.added.push(repair.conversation);
      expect(answer.added.length).toBeGreaterThan(0);
      for (const view of answer.added) {
        cursors.set(view.id, view.head.change);
        if (view.lastMessage?.content.type === 'text') got.set(view.id, view.lastMessage.content.text);
      }
      more = answer.addedMore;
    }
    expect(got).toEqual(new Map(ids.map((id) => [id, text])));
    expect(rounds).toBeGreaterThan(1);
  });
});

describe('sync for the nodes', () => {
  test('Y11 listCursors names the conversations of now, not those that were left', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const [stays, left] = [await groupOf(alice, bob), await groupOf(alice, bob)];
    await bob.caller.groups.leave({ conversationId: left });
    await say(alice, stays, 'two');
    const { userChange } = await snapshotOf(bob);
    expect(await listCursors(world.services, 'bob')).toEqual({
      userChange,
      conversations: [{ id: stays, change: 2, visible: [{ from: 1, to: null }] }],
    });
    expect(await listCursors(world.services, 'nobody')).toEqual({ userChange: 0, conversations: [] });
  });

  test('Y12 what a node missed on the bus it reads as the same facts, ascending, up to the head', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    world.heard.length = 0;
    await say(alice, id, 'two', 'three');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['carol'] });
    await alice.caller.groups.leave({ conversationId: id });
    await say(carol, id, 'last');
    const told = world.heard.flatMap((heard) => (heard.kind === 'conversation' ? heard.events : []));
    const { head, events } = await readEvents(world.services, id, 1);
    expect(head).toBe(told.at(-1)?.change);
    expect(events.map((event) => event.change)).toEqual(told.map((event) => event.change));
    expect(events.filter((event) => event.type === 'message.sent')).toEqual(
      told.filter((event) => event.type === 'message.sent'),
    );
    expect(await readEvents(world.services, id, head)).toEqual({ head, events: [] });
  });

  test('Y12 a change of somebody who is a member is no joining', async () => {
    await using world = await createWorld();
    const [alice, , carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, carol);
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    const { head: since } = await readEvents(world.services, id, 1);
    world.heard.length = 0;
    await alice.caller.groups.leave({ conversationId: id });
    const told = world.heard.flatMap((heard) => (heard.kind === 'conversation' ? heard.events : []));
    expect(told.map((event) => event.type)).toEqual(['member.left', 'member.updated', 'message.sent']);
    expect((await readEvents(world.services, id, since)).events).toEqual(told);
  });

  test('Y12 a dismissal that a node missed is a dismissal', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await alice.caller.groups.update({ conversationId: id, introduction: 'once' });
    const { head: since } = await readEvents(world.services, id, 1);
    world.heard.length = 0;
    await alice.caller.groups.dismiss({ conversationId: id });
    const told = world.heard.flatMap((heard) => (heard.kind === 'conversation' ? heard.events : []));
    expect(told.map((event) => event.type)).toEqual(['message.sent', 'group.dismissed']);
    expect((await readEvents(world.services, id, since)).events).toEqual(told);
  });
});
