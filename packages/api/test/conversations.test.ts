import { type ConversationView, directConversationId, newId, selfConversationId } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { rateLimitTable } from '../src/rate-limits.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { doorbellsOf, groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

const get = (user: WorldUser, conversationId: string) => user.caller.conversations.get({ conversationId });
const times = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('conversations.openDirect', () => {
  test('C1 both sides at once, twenty times over two nodes, meet in one conversation that each is told of once', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const views = await Promise.all(
      times(20).map((i) => {
        const caller = i % 4 < 2 ? (i % 2 ? alice : bob).caller : node.as(i % 2 ? alice : bob);
        return caller.conversations.openDirect({ userId: i % 2 ? 'bob' : 'alice' });
      }),
    );
    expect(new Set(views.map((view) => view.id))).toEqual(new Set([directConversationId('alice', 'bob')]));
    const [row] = await world.services.db.sql`
      select (select count(*) from conversations)::int as conversations, (select count(*) from heads)::int as heads,
        (select count(*) from members)::int as members`;
    expect(row).toEqual({ conversations: 1, heads: 1, members: 2 });
    expect(views[0]).toMatchObject({ kind: 'direct', title: 'Alice', peer: { id: 'alice' }, head: { seq: 0, change: 0 } });
    expect(views[1]).toMatchObject({ kind: 'direct', title: 'Bob', peer: { id: 'bob' }, me: { role: 'member', unread: 0 } });
  });

  test('C1 the id may be written in another case', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'Bob');
    const one = await alice.caller.conversations.openDirect({ userId: 'BOB' });
    const two = await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(one).toMatchObject({ id: directConversationId('alice', 'Bob'), peer: { id: 'Bob' } });
    expect(two).toEqual(one);
  });

  test('C1 with oneself it is the notes to oneself, always the same, in any case', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'Alice');
    const views = await Promise.all(
      times(5).map((i) => alice.caller.conversations.openDirect({ userId: i % 2 ? 'alice' : 'Alice' })),
    );
    for (const view of views) expect(view).toMatchObject({ id: selfConversationId('Alice'), kind: 'self' });
    expect(views[0]).not.toHaveProperty('peer');
    await say(alice, selfConversationId('Alice'), 'milk', 'bread');
    expect((await get(alice, selfConversationId('Alice'))).me).toMatchObject({ readSeq: 2, unread: 0 });
  });

  test('C1 new ones are limited; what is refused leaves nothing, and what is there opens as often as one likes', async () => {
    await using world = await createWorld({ rateLimitFactor: 1 });
    const [alice] = await people(world, 'alice', 'bob', 'carol');
    for (let left = rateLimitTable.createPerUser.points; left > 1; left--) {
      await world.services.rateLimits.take('createPerUser', 'alice');
    }
    const open = (userId: string) => alice.caller.conversations.openDirect({ userId });
    const { id } = await open('bob');
    expect(await refusal(open('carol'))).toBe('RATE_LIMITED');
    expect((await open('bob')).id).toBe(id);
    expect((await alice.caller.conversations.list({})).items).toHaveLength(1);
  });

  test('C1 no transaction waits for the counter of new ones', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const waiting: number[] = [];
    vi.spyOn(world.services.rateLimits, 'take').mockImplementation(async () => {
      const [row] = await world.services.db.sql<{ count: number }[]>`
        select count(*)::int as count from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
      waiting.push(row?.count ?? -1);
    });
    await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(waiting).toEqual([0]);
  });

  test('C1 with nobody known it is refused, and leaves nothing', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    expect(await refusal(alice.caller.conversations.openDirect({ userId: 'nobody' }))).toBe('NOT_FOUND');
    expect((await alice.caller.conversations.list({})).items).toEqual([]);
  });

  test('C2 the other side has it listed when something is said, and not before', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const listed = async (user: WorldUser) => (await user.caller.conversations.list({})).items.map((item) => item.id);
    expect(await listed(alice)).toEqual([id]);
    expect(await listed(bob)).toEqual([]);
    // It is there all the same: a client that hears the first message must know it.
    expect((await get(bob, id)).me.hiddenSeq).toBe(0);
    expect((await bob.caller.sync.snapshot({})).items.map((item) => item.id)).toEqual([id]);
    await say(alice, id, 'hello');
    expect(await listed(bob)).toEqual([id]);
  });

  test('C2 who opens it as well has it listed, and their other sessions hear of it, once', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    world.heard.length = 0;
    const view = await bob.caller.conversations.openDirect({ userId: 'alice' });
    expect(view.me).not.toHaveProperty('hiddenSeq');
    await bob.caller.conversations.openDirect({ userId: 'alice' });
    expect(world.heard).toEqual([
      {
        kind: 'user',
        userId: 'bob',
        change: view.me.userChange,
        events: [{ type: 'me.updated', userChange: view.me.userChange, conversationId: id, me: view.me }],
      },
    ]);
    expect((await bob.caller.conversations.list({})).items.map((item) => item.id)).toEqual([id]);
  });
});

describe('conversations.get and list', () => {
  test('C3 A2 a stranger and who asks for what does not exist get the very same refusal, from every procedure', async () => {
    await using world = await createWorld();
    const [alice, bob, eve] = await people(world, 'alice', 'bob', 'eve');
    const direct = (await alice.caller.conversations.openDirect({ userId: 'bob' })).id;
    const group = await groupOf(alice, bob);
    await say(alice, direct, 'secret');
    const { caller } = eve;
    const ways: Record<string, (conversationId: string) => Promise<unknown>> = {
      get: (conversationId) => caller.conversations.get({ conversationId }),
      markRead: (conversationId) => caller.conversations.markRead({ conversationId, seq: 1 }),
      'messages.list': (conversationId) => caller.messages.list({ conversationId }),
      'messages.get': (conversationId) => caller.messages.get({ conversationId, seqs: [1] }),
      'messages.send': (conversationId) => caller.messages.send(text(conversationId)),
      'messages.typing': (conversationId) => caller.messages.typing({ conversationId, typing: true }),
      'groups.get': (conversationId) => caller.groups.get({ conversationId }),
      'groups.members': (conversationId) => caller.groups.members({ conversationId }),
      'groups.invite': (conversationId) => caller.groups.invite({ conversationId, userIds: ['eve'] }),
      'groups.leave': (conversationId) => caller.groups.leave({ conversationId }),
    };
    for (const [name, way] of Object.entries(ways)) {
      const nowhere = await refusalOf(way(newId()));
      expect(nowhere, name).toMatchObject({ code: 'NOT_FOUND' });
      for (const id of [direct, group]) expect(await refusalOf(way(id)), name).toEqual(nowhere);
    }
    for (const id of [direct, group, newId()]) {
      expect(await caller.sync.changes({ conversationId: id, since: 1 })).toEqual({ kind: 'gone', conversationId: id });
    }
  });

  test('C4 pages of the list are complete and without doubles, most recently active first, also when all are of one moment', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    const ids: string[] = [];
    for (const i of times(23)) {
      const { id } = await alice.caller.groups.create({ name: `Group ${i}`, memberIds: [] });
      ids.push(id);
      // The clock stands still for most of them.
      if (i % 8 === 7) world.clock.turn(1);
    }
    for (const limit of [1, 5, 22, 23, 24, 100]) {
      const seen: ConversationView[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await alice.caller.conversations.list({ limit, ...(cursor == null ? {} : { cursor }) });
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toHaveLength(23);
      expect(new Set(seen.map((view) => view.id))).toEqual(new Set(ids));
      const order = seen.map((view) => [view.activeAt, view.id] as const);
      expect(order).toEqual([...order].sort((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1)));
    }
  });

  test('C4 what is said moves a conversation to the top, for everybody in it', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const first = await groupOf(alice, bob);
    world.clock.turn(1_000);
    const second = await groupOf(alice, bob);
    world.clock.turn(1_000);
    await say(bob, first, 'up');
    for (const user of [alice, bob]) {
      const { items } = await user.caller.conversations.list({});
      expect(items.map((item) => item.id)).toEqual([first, second]);
      expect(items[0]).toMatchObject({ activeAt: world.clock.now(), lastMessage: { seq: 2, content: { text: 'up' } } });
    }
  });

  test.each(['', '_', 'abc', `1_${'-'.repeat(36)}`, `1e9_${newId()}`, `-1_${newId()}`, `1_${newId()}x`])(
    'C4 a cursor that is not ours (%s) is refused as invalid input',
    async (cursor) => {
      await using world = await createWorld();
      const [alice] = await people(world, 'alice');
      expect(await refusal(alice.caller.conversations.list({ cursor }))).toBe('INVALID_INPUT');
    },
  );
});

describe('conversations.markRead', () => {
  test('C5 it reads up to the seq named, but not beyond what there is', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 5 })).toEqual({ readSeq: 0, unread: 0 });
    await say(alice, id, '1', '2', '3');
    const mark = (seq: number) => bob.caller.conversations.markRead({ conversationId: id, seq });
    expect(await mark(0)).toEqual({ readSeq: 0, unread: 3 });
    expect(await mark(2)).toEqual({ readSeq: 2, unread: 1 });
    expect(await mark(1)).toEqual({ readSeq: 2, unread: 1 });
    expect(await mark(Number.MAX_SAFE_INTEGER)).toEqual({ readSeq: 3, unread: 0 });
    await say(alice, id, '4');
    // What came later is not read, though a far place was named before.
    expect((await get(bob, id)).me).toMatchObject({ readSeq: 3, unread: 1 });
  });

  test('C5 positions never go back, whatever races: the highest place wins', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    await say(alice, id, ...times(10).map(String));
    const mark = (i: number) => {
      const caller = i % 2 ? bob.caller : node.as(bob);
      return caller.conversations.markRead({ conversationId: id, seq: ((i * 7) % 9) + 1 });
    };
    const results = await Promise.all(times(30).map(mark));
    for (const [i, { readSeq, unread }] of results.entries()) {
      expect(readSeq).toBeGreaterThanOrEqual(((i * 7) % 9) + 1);
      expect(unread).toBe(10 - readSeq);
    }
    expect((await get(bob, id)).me).toMatchObject({ readSeq: 9, readCountable: 9, unread: 1 });
    await Promise.all([...times(10).map(mark), bob.caller.messages.send(text(id, 'mine')), ...times(10).map(mark)]);
    expect((await get(bob, id)).me).toMatchObject({ readSeq: 11, readCountable: 11, unread: 0 });
    // Each private change has its doorbell, without a hole.
    const bells = (await doorbellsOf(world, 'bob')).map((bell) => bell.from).sort((one, two) => one - two);
    const { userChange } = await bob.caller.sync.snapshot({});
    expect(bells).toEqual(bells.map((_, i) => userChange - bells.length + 1 + i));
  });

  test('C6 the own sessions and the others are told, and nobody when nothing moved', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    await say(alice, id, 'one');
    world.heard.length = 0;
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    await bob.caller.conversations.markRead({ conversationId: id, seq: 1 });
    const { me } = await get(bob, id);
    expect(world.heard).toEqual([
      {
        kind: 'user',
        userId: 'bob',
        change: me.userChange,
        events: [{ type: 'me.updated', userChange: me.userChange, conversationId: id, me }],
      },
      { kind: 'read', event: { type: 'conversation.read', conversationId: id, userId: 'bob', readSeq: 1 } },
    ]);
    expect((await get(alice, id)).peerReadSeq).toBe(1);
    expect(await doorbellsOf(world, id)).toEqual([{ from: 1, to: 1 }]);
  });

  test('C6 the notes to oneself tell nobody else', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'alice' });
    await say(alice, id, 'one');
    await world.services.db.sql`update members set read_seq = 0, read_countable = 0`;
    world.heard.length = 0;
    await alice.caller.conversations.markRead({ conversationId: id, seq: 1 });
    expect(world.heard.map((heard) => heard.kind)).toEqual(['user']);
  });
});

describe('unread', () => {
  test('C7 the count equals a brute-force recount after any operations of anybody', { timeout: 120_000 }, async () => {
    await using world = await createWorld();
    const users = await people(world, 'alice', 'bob', 'carol');
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('send', 'send', 'send', 'read', 'leave', 'invite', 'open'),
      whom: fc.nat(2),
      seq: fc.nat(30),
      direct: fc.boolean(),
      /** Runs at the same time as the step before. */
      together: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const group = await groupOf(users[0], users[1], users[2]);
        await users[0].caller.conversations.openDirect({ userId: 'bob' });
        const direct = directConversationId('alice', 'bob');
        let running: Promise<unknown>[] = [];
        for (const { who, what, whom, seq, together, ...rest } of steps) {
          const { caller } = users[who] as WorldUser;
          const other = (users[whom] as WorldUser).id;
          const conversationId = rest.direct ? direct : group;
          if (!together) {
            await Promise.all(running);
            running = [];
          }
          const doing = {
            send: () => caller.messages.send(text(conversationId)),
            read: () => caller.conversations.markRead({ conversationId, seq }),
            leave: () => caller.groups.leave({ conversationId: group }),
            invite: () => caller.groups.invite({ conversationId: group, userIds: [other] }),
            open: () => caller.conversations.openDirect({ userId: other }),
          }[what as 'send'];
          // Who has left, or is not in it, may be refused.
          running.push(
            Promise.resolve(doing()).catch((error) => expect(['FORBIDDEN', 'NOT_FOUND']).toContain(error.cause?.code)),
          );
        }
        await Promise.all(running);
        for (const user of users) await expectExactUnread(world, user);
      }),
      { numRuns: 25 },
    );
  });
});

/** Every conversation's unread, as this user gets it, against the messages themselves. */
async function expectExactUnread(world: World, user: WorldUser): Promise<void> {
  const { items } = await user.caller.sync.snapshot({ limit: 100 });
  const rows = await world.services.db.sql<{ id: string; unread: number; read_countable: number; last: number | null }[]>`
    select m.conversation_id as id,
      (select count(*)::int from messages x where x.conversation_id = m.conversation_id and x.countable
        and m.visible @> x.seq and x.seq > m.read_seq) as unread,
      (select count(*)::int from messages x where x.conversation_id = m.conversation_id and x.countable
        and x.seq <= m.read_seq) as read_countable,
      (select max(seq) from messages x where x.conversation_id = m.conversation_id and m.visible @> x.seq) as last
    from members m where m.user_id = ${user.id}`;
  const truth = new Map(rows.map((row) => [row.id, row]));
  for (const view of items) {
    const row = truth.get(view.id);
    const found = { unread: view.me.unread, readCountable: view.me.readCountable, last: view.lastMessage?.seq ?? null };
    expect(found).toEqual({ unread: row?.unread, readCountable: row?.read_countable, last: row?.last });
    expect(view.me.readSeq).toBeLessThanOrEqual(view.head.seq);
  }
}
