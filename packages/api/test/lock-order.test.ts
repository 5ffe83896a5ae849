import { limits } from '@nexo/shared';
import { expect, test, vi } from 'vitest';
import { createWorld, type World } from '../src/testing/index.ts';
import { groupOf, people } from './scene.ts';
import { createSecondNode } from './second-node.ts';

/** Waits until so many backends of this world's database wait for a lock. */
async function untilWaiting(world: World, count = 1): Promise<void> {
  await vi.waitFor(async () => {
    const [row] = await world.services.db.sql<{ count: number }[]>`
      select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    expect(row?.count).toBe(count);
  }, 10_000);
}

test('who tells the managers of a group locks their rows before their heads, as who reads does', async () => {
  await using world = await createWorld();
  await using node = createSecondNode(world);
  const [alice, bob] = await people(world, 'alice', 'bob');
  const id = await groupOf(alice);
  await alice.caller.groups.update({ conversationId: id, joinMode: 'approval' });
  // What reading locks, in its order, with an application in between.
  let applying: Promise<unknown> = Promise.resolve();
  await node.services.db.sql.begin(async (sql) => {
    await sql`update members set read_seq = read_seq where conversation_id = ${id} and user_id = 'alice'`;
    applying = bob.caller.groups.join({ conversationId: id });
    await untilWaiting(world);
    await sql`update user_heads set change = change where user_id = 'alice'`;
  });
  expect(await applying).toEqual({ status: 'applied' });
});

test('O2 two chats pinned at once do not both take the last place', async () => {
  await using world = await createWorld();
  await using node = createSecondNode(world);
  const [alice] = await people(world, 'alice');
  const pin = (conversationId: string) => alice.caller.conversations.update({ conversationId, pinned: true });
  for (let n = 1; n < limits.pinnedMaxConversations; n++) await pin(await groupOf(alice));
  const last = [await groupOf(alice), await groupOf(alice)];
  let pinning: Promise<PromiseSettledResult<unknown>[]> = Promise.resolve([]);
  await node.services.db.sql.begin(async (sql) => {
    await sql`select 1 from members where conversation_id = any(${last}::uuid[]) order by conversation_id for update`;
    pinning = Promise.allSettled(last.map(pin));
    await untilWaiting(world, 2);
  });
  const codes = (await pinning).map((one) => (one.status === 'rejected' ? one.reason.cause?.code : 'pinned'));
  expect(codes.sort()).toEqual(['PINS_FULL', 'pinned']);
});

test('O2 who moves a pinned chat locks them all in one order', async () => {
  await using world = await createWorld();
  await using node = createSecondNode(world);
  const [alice] = await people(world, 'alice');
  const ids = [await groupOf(alice), await groupOf(alice), await groupOf(alice)].sort();
  const [a = '', b = '', c = ''] = ids;
  for (const conversationId of ids) await alice.caller.conversations.update({ conversationId, pinned: true });
  // No number is left between the first two, so that a third between them moves both.
  await world.services.db.sql`
    update members set pin_place = case conversation_id when ${a} then 1 when ${b} then ${1 + Number.EPSILON}::float8 else 5 end
    where user_id = 'alice' and conversation_id = any(${ids}::uuid[])`;
  let moving: Promise<unknown> = Promise.resolve();
  await node.services.db.sql.begin(async (sql) => {
    await sql`update members set mute_mode = null where user_id = 'alice' and conversation_id = ${a}`;
    moving = alice.caller.conversations.update({ conversationId: c, pinned: true, pinAfter: a });
    await untilWaiting(world);
    await sql`update members set mute_mode = null where user_id = 'alice' and conversation_id = ${c}`;
  });
  await moving;
  const { items } = await alice.caller.sync.snapshot({ limit: 100 });
  const place = (id: string) => items.find((view) => view.id === id)?.me.pinPlace ?? 0;
  expect(ids.toSorted((x, y) => place(x) - place(y))).toEqual([a, c, b]);
});
