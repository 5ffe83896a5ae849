import { createPinnedConnection, type PinnedConnection, type Sql } from '@nexo/db';
import { newId, type SendMessageInput, systemConversationId } from '@nexo/shared';
import { describe, expect, it } from 'vitest';
import { laneSettings } from '../src/index.ts';
import { commitBatch } from '../src/messages/commit-batch.ts';
import { KnownConversations } from '../src/messages/known-conversations.ts';
import { type Caller, createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { beforeStatement } from './before-statement.ts';
import { groupOf, people, refusal, rowsOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

type Way = 'one statement' | 'transaction';

/** Commits batches of one message each, as a lane does, and notes which way each took. */
async function commitOn(world: World) {
  const connection = createPinnedConnection({ url: world.databaseUrl, settings: laneSettings });
  const known = new KnownConversations();
  const ways: Way[] = [];
  const watch = (sql: Sql) => {
    const watched = beforeStatement(sql, /with unchanged as/, () => void ways.push('one statement'));
    return new Proxy(watched, {
      get(target, key, receiver) {
        if (key !== 'unsafe') return Reflect.get(target, key, receiver);
        return (statement: string) => {
          if (statement === 'begin') ways.push('transaction');
          return sql.unsafe(statement);
        };
      },
    });
  };
  const watched: PinnedConnection = {
    run: (work) => connection.run((sql) => work(watch(sql))),
    get opened() {
      return connection.opened;
    },
    close: () => connection.close(),
  };
  return {
    ways,
    commit: (senderId: string, input: SendMessageInput) =>
      commitBatch(watched, [{ senderId, input }], known, world.clock, newId, 'wait'),
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

async function headOf(world: World, conversationId: string): Promise<{ change: number }> {
  const [head] = await world.services.db.sql<{ change: number }[]>`
    select change from heads where conversation_id = ${conversationId}`;
  if (head === undefined) throw new Error('no such conversation');
  return head;
}

interface LosingCase {
  what: string;
  /** Before Bob writes for the first time. */
  before?: (alice: WorldUser, conversationId: string) => Promise<unknown>;
  verb: (alice: WorldUser, conversationId: string) => Promise<unknown>;
  /** What Bob says before and after it. */
  saying?: Partial<SendMessageInput>;
  refusal: string;
}

const toAll: Partial<SendMessageInput> = { content: { type: 'text', text: '@all', mentionsAll: true } };
const adminsOnly = { membersVisibleTo: 'admins' } as const;

/** Whatever takes from a member what they could send a moment ago; without a notice, too, which would move the head by itself. */
const losing: LosingCase[] = [
  {
    what: 'a muting',
    verb: (alice, conversationId) => alice.caller.groups.muteMember({ conversationId, userId: 'bob', forMs: 60_000 }),
    refusal: 'MUTED',
  },
  {
    what: 'a muting that no notice tells of',
    before: (alice, conversationId) => alice.caller.groups.update({ conversationId, ...adminsOnly }),
    verb: (alice, conversationId) => alice.caller.groups.muteMember({ conversationId, userId: 'bob', forMs: 60_000 }),
    refusal: 'MUTED',
  },
  {
    what: 'a muting of all',
    verb: (alice, conversationId) => alice.caller.groups.muteAll({ conversationId, muted: true }),
    refusal: 'MUTED',
  },
  {
    what: 'another role that no notice tells of',
    before: async (alice, conversationId) => {
      await alice.caller.groups.update({ conversationId, ...adminsOnly });
      await alice.caller.groups.setRole({ conversationId, userId: 'bob', role: 'admin' });
    },
    verb: (alice, conversationId) => alice.caller.groups.setRole({ conversationId, userId: 'bob', role: 'member' }),
    saying: toAll,
    refusal: 'FORBIDDEN',
  },
  {
    what: 'another rule of who may speak to all',
    before: (alice, conversationId) => alice.caller.groups.update({ conversationId, mentionAllBy: 'everyone' }),
    verb: (alice, conversationId) => alice.caller.groups.update({ conversationId, mentionAllBy: 'admins' }),
    saying: toAll,
    refusal: 'FORBIDDEN',
  },
  {
    what: 'a dismissal',
    verb: (alice, conversationId) => alice.caller.groups.dismiss({ conversationId }),
    refusal: 'GROUP_DISMISSED',
  },
  {
    what: 'a removal that no notice tells of',
    before: (alice, conversationId) => alice.caller.groups.update({ conversationId, ...adminsOnly }),
    verb: (alice, conversationId) => alice.caller.groups.kick({ conversationId, userIds: ['bob'] }),
    refusal: 'FORBIDDEN',
  },
];

describe('a lane that knows a conversation', () => {
  it('finds out whatever has taken from a member what they could send a moment ago', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    for (const { what, before, verb, saying, refusal: expected } of losing) {
      const group = await groupOf(alice, bob);
      await before?.(alice, group);
      const sends = () => lane.commit('bob', text(group, 'hello', saying));
      for (let n = 0; n < 2; n++) expect((await sends()).outcomes, what).toMatchObject([{ deduplicated: false }]);
      expect(lane.ways.at(-1), what).toBe('one statement');
      const { change } = await headOf(world, group);
      await verb(alice, group);
      expect((await sends()).outcomes, what).toMatchObject([{ code: expected }]);
      // A notice takes a seq, and with it stops a lane that believes in the old one: the rule is about the change alone.
      expect((await headOf(world, group)).change, what).toBeGreaterThan(change);
    }
  });

  it('lets who has come back write at once', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    const sends = () => lane.commit('bob', text(group));
    for (let n = 0; n < 2; n++) await sends();
    await bob.caller.groups.leave({ conversationId: group });
    for (let n = 0; n < 2; n++) expect((await sends()).outcomes).toMatchObject([{ code: 'FORBIDDEN' }]);
    await alice.caller.groups.invite({ conversationId: group, userIds: ['bob'] });
    expect((await sends()).outcomes).toMatchObject([{ deduplicated: false }]);
  });

  it('finds out that messages disappear from now on, or no longer', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id: conversationId } = await alice.caller.conversations.openDirect({ userId: bob.id });
    const sent = async () => {
      const [outcome] = (await lane.commit('bob', text(conversationId))).outcomes;
      if (outcome === undefined || outcome instanceof Error) throw outcome;
      const { disappearsAfterReadMs, expiresAt } = outcome.message;
      return { disappearsAfterReadMs, expiresAt };
    };
    const set = async (times: { afterSentMs?: number | null; afterReadMs?: number | null }) => {
      const { change } = await headOf(world, conversationId);
      await alice.caller.messages.setDisappearing({ conversationId, ...times });
      expect((await headOf(world, conversationId)).change).toBeGreaterThan(change);
    };
    const afterSentMs = 3_600_000;
    const never = { disappearsAfterReadMs: undefined, expiresAt: undefined };
    for (let n = 0; n < 2; n++) expect(await sent()).toEqual(never);
    await set({ afterSentMs });
    for (let n = 0; n < 3; n++) expect(await sent()).toEqual({ ...never, expiresAt: world.clock.now() + afterSentMs });
    expect(lane.ways.at(-1)).toBe('one statement');
    await set({ afterSentMs: null, afterReadMs: 30_000 });
    for (let n = 0; n < 3; n++) expect(await sent()).toEqual({ ...never, disappearsAfterReadMs: 30_000 });
    await set({ afterReadMs: null });
    for (let n = 0; n < 2; n++) expect(await sent()).toEqual(never);
  });

  it('numbers its messages one after the other, as one that asks first', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    const results = [...(await say(alice, group, 'a', 'b', 'c')), ...(await say(bob, group, 'd', 'e'))];
    expect(results.map(({ message }) => [message.seq, message.change, message.countableSeq])).toEqual(
      [1, 2, 3, 4, 5].map((n) => [n + 1, n + 1, n]),
    );
    expect(await rowsOf(world, group)).toHaveLength(6);
  });

  it('finds out that another node has written in between, and goes on after it', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    for (let round = 0; round < 5; round++) {
      await say(alice, group, `here ${round}`);
      if (round % 2 === 0) await other.as(bob).messages.send(text(group, `there ${round}`));
    }
    const rows = await rowsOf(world, group);
    expect(rows.map((row) => row.seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(rows.map((row) => row.countable_seq)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('refuses who was a member a moment ago, wherever they have left', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    await say(alice, group, 'one');
    await say(bob, group, 'two', 'three');
    await other.as(bob).groups.leave({ conversationId: group });
    expect(await refusal(bob.caller.messages.send(text(group, 'four')))).toBe('FORBIDDEN');
    await other.as(alice).groups.invite({ conversationId: group, userIds: ['bob'] });
    await say(bob, group, 'five', 'six');
    const rows = (await rowsOf(world, group)).filter((row) => row.type === 'text');
    expect(rows).toHaveLength(5);
  });

  describe('A18, K18 refuses who was let write a moment ago, wherever that was taken away, and tells the conversation nothing', () => {
    const become = async (one: WorldUser, other: WorldUser) => {
      await one.caller.contacts.request({ userId: other.id });
      await other.caller.contacts.respond({ userId: one.id, accept: true });
    };
    const ways: [what: string, elsewhere: (one: Caller) => Promise<unknown>, refusals: { alice: string; bob: string | null }][] =
      [
        ['a block', (bob) => bob.contacts.block({ userId: 'alice' }), { alice: 'NOT_REACHABLE', bob: 'BLOCKED_BY_YOU' }],
        ['a contact removed', (bob) => bob.contacts.remove({ userId: 'alice' }), { alice: 'CONTACTS_ONLY', bob: null }],
        ['a setting', (bob) => bob.users.update({ messagesFrom: 'nobody' }), { alice: 'NOT_REACHABLE', bob: null }],
      ];
    it.each(ways)('%s', async (_, elsewhere, refusals) => {
      await using world = await createWorld();
      await using other = createSecondNode(world);
      const [alice, bob] = await people(world, 'alice', 'bob');
      await become(alice, bob);
      await bob.caller.users.update({ messagesFrom: 'contacts' });
      const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
      await say(alice, id, 'one', 'two');
      await say(bob, id, 'three', 'four');
      await elsewhere(other.as(bob));
      for (const [user, code] of [[alice, refusals.alice] as const, [bob, refusals.bob] as const]) {
        const send = user.caller.messages.send(text(id, 'five'));
        if (code === null) expect((await send).message).toMatchObject({ seq: 5, change: 5 });
        else expect(await refusal(send)).toBe(code);
      }
    });
  });

  it('goes on as before once a right has come back', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    await lane.commit('alice', text(id));
    await lane.commit('alice', text(id));
    await bob.caller.contacts.block({ userId: 'alice' });
    expect((await lane.commit('alice', text(id))).outcomes).toMatchObject([{ code: 'NOT_REACHABLE' }]);
    await bob.caller.contacts.unblock({ userId: 'alice' });
    for (let n = 0; n < 2; n++) await lane.commit('alice', text(id));
    lane.ways.length = 0;
    expect((await lane.commit('alice', text(id))).outcomes).toMatchObject([{ message: { seq: 5 } }]);
    expect(lane.ways).toEqual(['one statement']);
  });

  it('never takes for granted that somebody may write who may only read', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const content = { type: 'text' as const, text: 'welcome' };
    const id = systemConversationId('alice');
    const { backend } = await world.backend();
    for (let n = 0; n < 2; n++) {
      await backend.send({ toUserId: 'alice', clientMessageId: newId(), content });
      expect(await refusal(alice.caller.messages.send(text(id)))).toBe('FORBIDDEN');
    }
    expect(await rowsOf(world, id)).toHaveLength(2);
  });

  it('asks anew after any change of the head, also one that said nothing', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    await say(bob, group, 'one', 'two');
    const { sql } = world.services.db;
    // No number of a message is taken by it, so no key stands in the way of one that is believed in too long.
    await sql.begin(async (tx) => {
      await tx`update heads set change = change + 1 where conversation_id = ${group}`;
      await tx`update members set left_at = now() where conversation_id = ${group} and user_id = 'bob'`;
    });
    expect(await refusal(bob.caller.messages.send(text(group, 'three')))).toBe('FORBIDDEN');
    const [{ message } = { message: undefined }] = await say(alice, group, 'four');
    expect(message).toMatchObject({ seq: 4, change: 5, countableSeq: 3 });
  });

  it('answers what was sent before with the first message, and writes nothing', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    const first = text(group, 'once');
    const { message } = await alice.caller.messages.send(first);
    await say(alice, group, 'then');
    expect(await alice.caller.messages.send(first)).toEqual({ message, deduplicated: true });
    const there = text(group, 'there');
    await other.as(alice).messages.send(there);
    expect(await alice.caller.messages.send(there)).toMatchObject({ deduplicated: true });
    expect(await refusal(alice.caller.messages.send({ ...first, content: { type: 'text', text: 'another' } }))).toBe(
      'IDEMPOTENCY_MISMATCH',
    );
    expect(await rowsOf(world, group)).toHaveLength(4);
  });

  it('does all of a batch anew when one conversation of it was changed by another', async () => {
    await using world = await createWorld();
    await using other = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const groups = await Promise.all(Array.from({ length: 12 }, () => groupOf(alice, bob)));
    const sendToAll = () => Promise.all(groups.map((group) => alice.caller.messages.send(text(group))));
    await sendToAll();
    await other.as(bob).messages.send(text(groups[7] ?? '', 'meanwhile'));
    const results = await sendToAll();
    expect(results.map(({ message }) => message.seq)).toEqual(groups.map((_, i) => (i === 7 ? 4 : 3)));
  });

  it('believes nothing of what it learned before its connection was lost: behind the next one may be a restored backup', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    await say(bob, group, 'one', 'two');
    const { sql } = world.services.db;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%lane%' and datname = current_database()`;
    // What a backup would have: the same numbers, another membership.
    await sql`update members set left_at = now() where conversation_id = ${group} and user_id = 'bob'`;
    await expect.poll(() => refusal(bob.caller.messages.send(text(group, 'three'))).catch(() => '')).toBe('FORBIDDEN');
  });

  it('commits in one statement what it knows, and in a transaction what it does not or must not take for granted', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    const first = text(group, 'first');
    const steps: [who: string, input: SendMessageInput, ways: Way[]][] = [
      ['alice', first, ['transaction']],
      ['alice', text(group), ['one statement']],
      ['bob', text(group), ['transaction']],
      ['bob', text(group), ['one statement']],
      ['alice', text(group, 'quoting', { replyTo: 2 }), ['transaction']],
      ['alice', first, ['one statement', 'transaction']],
      ['alice', text(group), ['one statement']],
    ];
    for (const [who, input, ways] of steps) {
      lane.ways.length = 0;
      await lane.commit(who, input);
      expect(lane.ways, JSON.stringify(input)).toEqual(ways);
    }
  });

  it('stops trying one statement while others are at work in a conversation, and takes it up again afterwards', async () => {
    await using world = await createWorld();
    await using lane = await commitOn(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const group = await groupOf(alice, bob);
    for (let n = 0; n < 2; n++) await lane.commit('alice', text(group));
    lane.ways.length = 0;
    for (let n = 0; n < 3; n++) {
      await bob.caller.messages.send(text(group));
      await lane.commit('alice', text(group));
    }
    await lane.commit('alice', text(group));
    await lane.commit('alice', text(group));
    expect(lane.ways).toEqual([
      ...['one statement', 'transaction'],
      ...['transaction', 'transaction', 'transaction'],
      'one statement',
    ]);
  });
});
