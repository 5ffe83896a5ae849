import type { Sql } from '@nexo/db';
import { createTestDatabase } from '@nexo/db/testing';
import { joinSpans, newId, type Span } from '@nexo/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countNoLonger } from '../src/messages/count-no-longer.ts';
import { expireMessages } from '../src/messages/expire-messages.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people } from './scene.ts';

/** More than are gone in a day of a busy group that keeps nothing. */
const many = 1_210;

/** Texts of alice in the group, after what is there; those of which this says so disappear within a second. */
async function fill(world: World, conversationId: string, disappears: (place: number) => boolean): Promise<void> {
  const { sql } = world.services.db;
  const expiring = Array.from({ length: many }, (_, place) => place).filter(disappears);
  await sql`
    insert into messages (conversation_id, seq, id, sender_id, client_message_id, type, content, countable, countable_seq, created_at, last_change, expires_at)
    select ${conversationId}, h.seq + t.place, gen_random_uuid(), 'alice', gen_random_uuid(), 'text', '{"type":"text","text":"x"}', true,
      h.countable + t.place, to_timestamp(${world.clock.now()}::float8 / 1000), h.change + t.place,
      case when t.place - 1 = any(${expiring}::int[]) then to_timestamp(${world.clock.now() + 1_000}::float8 / 1000) end
    from heads h, generate_series(1, ${many}::int) as t (place) where h.conversation_id = ${conversationId}`;
  await sql`
    update heads set seq = seq + ${many}, change = change + ${many}, countable = countable + ${many}
    where conversation_id = ${conversationId}`;
}

async function expectUnread(world: World, who: WorldUser, conversationId: string, unread: number): Promise<void> {
  const [recount] = await world.services.db.sql<{ unread: number }[]>`
    select count(*)::int as unread from members m join messages x on x.conversation_id = m.conversation_id
    where m.conversation_id = ${conversationId} and m.user_id = ${who.id} and m.visible @> x.seq and x.seq > m.read_seq
      and x.countable and x.type not in ('revoked', 'expired')`;
  const { me } = await who.caller.conversations.get({ conversationId });
  const { items } = await who.caller.sync.snapshot({ limit: 100 });
  const inSnapshot = items.find(({ id }) => id === conversationId)?.me.unread;
  expect([recount?.unread, me.unread, inSnapshot]).toEqual([unread, unread, unread]);
}

/** Entries of indexes of messages and of what is gone that were read so far. */
async function entriesRead(sql: Sql): Promise<number> {
  const [row] = await sql<{ read: number }[]>`
    select coalesce(sum(idx_tup_read), 0)::int as read from pg_stat_user_indexes where relname ~ '^(messages|gone_spans)'`;
  return row?.read ?? 0;
}

describe('C7 unread is a recount, however much is gone', () => {
  test('when everything has disappeared, and when every second message has', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const cases = [
      { disappears: () => true, left: 0 },
      { disappears: (place: number) => place % 2 === 0, left: many / 2 },
    ];
    for (const { disappears, left } of cases) {
      const id = await groupOf(alice, bob);
      await fill(world, id, disappears);
      world.clock.turn(1_000);
      world.heard.length = 0;
      await expireMessages(world.services);
      await expectUnread(world, bob, id, left);
      // What a client that stayed adds up from the events is what the server says at once.
      const told = world.heard
        .flatMap((heard) => (heard.kind === 'conversation' ? heard.events : []))
        .flatMap((event) => (event.type === 'message.expired' ? [event.message.countableSeq] : []))
        .reduce<Span[]>((spans, number) => joinSpans(spans, [{ from: number, to: number }]), []);
      expect((await bob.caller.conversations.get({ conversationId: id })).me.gone).toEqual(told);
      // In the middle of what is gone.
      const { unread } = await bob.caller.conversations.markRead({ conversationId: id, seq: 500 });
      await expectUnread(world, bob, id, unread);
    }
  });

  test('who left sees the count of that moment', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await fill(world, id, (place) => place < many - 10);
    world.clock.turn(1_000);
    await expireMessages(world.services);
    await bob.caller.groups.leave({ conversationId: id });
    await alice.caller.messages.revoke({ conversationId: id, seq: many });
    expect((await bob.caller.conversations.get({ conversationId: id })).me.unread).toBe(10);
  });

  test('counting reads no message that is gone', async () => {
    await using world = await createWorld();
    const { sql } = world.services.db;
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await fill(world, id, () => true);
    world.clock.turn(1_000);
    await expireMessages(world.services);
    await sql`select pg_stat_force_next_flush()`;
    const before = await entriesRead(sql);
    await bob.caller.conversations.get({ conversationId: id });
    await sql`select pg_stat_force_next_flush()`;
    expect((await entriesRead(sql)) - before).toBeLessThan(50);
  });
});

test('C7 what is gone is kept as spans of which no two touch, in whatever order it goes', async () => {
  await using database = await createTestDatabase();
  const { sql } = database.db;
  const batches = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(batches, async (goes) => {
      const id = newId();
      const neighbour = newId();
      await countNoLonger(sql, neighbour, [1, 2, 39, 40]);
      for (const numbers of goes) await countNoLonger(sql, id, numbers);
      const spans = await sql<{ first: number; last: number }[]>`
        select first, last from gone_spans where conversation_id = ${id} order by last`;
      const all = goes.flat().reduce<Span[]>((sum, n) => joinSpans(sum, [{ from: n, to: n }]), []);
      expect(spans.map(({ first, last }) => ({ from: first, to: last }))).toEqual(all);
      expect(await sql`select 1 from gone_spans where conversation_id = ${neighbour}`).toHaveLength(2);
    }),
    { numRuns: 100 },
  );
});
