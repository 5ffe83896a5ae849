import { newId, type PresenceView } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { people, say } from './scene.ts';

const online = (world: World, ...users: WorldUser[]) => {
  for (const { id, session } of users) {
    world.services.presence.hold(id, [{ sessionId: session.id, platform: session.platform, foreground: true }]);
  }
};

async function see(viewer: WorldUser, ...userIds: string[]): Promise<PresenceView[]> {
  return (await viewer.caller.presence.get({ userIds })).items;
}
const statuses = async (viewer: WorldUser, ...userIds: string[]) => (await see(viewer, ...userIds)).map(({ status }) => status);
const show = (user: WorldUser, presenceVisibleTo: 'everyone' | 'contacts' | 'nobody') =>
  user.caller.users.update({ presenceVisibleTo });

async function write(from: WorldUser, to: WorldUser): Promise<void> {
  const { id } = await from.caller.conversations.openDirect({ userId: to.id });
  await say(from, id, 'hello');
}

async function become(one: WorldUser, other: WorldUser): Promise<void> {
  await one.caller.contacts.request({ userId: other.id });
  await other.caller.contacts.respond({ userId: one.id, accept: true });
}

describe('presence.get', () => {
  test('R1 puts the sessions of a user together', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const session = (platform: 'ios' | 'web', foreground: boolean) => ({ sessionId: newId(), platform, foreground });
    world.services.presence.hold('bob', [session('web', false), session('ios', true), session('web', false)]);
    expect(await see(alice, 'bob')).toEqual([{ userId: 'bob', status: 'online', platforms: ['ios', 'web'] }]);
    world.services.presence.hold('bob', [session('web', false), session('ios', false)]);
    expect(await see(alice, 'bob')).toEqual([{ userId: 'bob', status: 'away', platforms: ['ios', 'web'] }]);
    const gone = world.clock.now() + 7_000;
    world.services.presence.hold('bob', [], gone);
    expect(await see(alice, 'bob')).toEqual([{ userId: 'bob', status: 'offline', platforms: [], lastSeenAt: gone }]);
    expect(bob.id).toBe('bob');
  });

  test('R1 of who has long been gone the database knows when they were last seen', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { sql } = world.services.db;
    const at = world.clock.now() - 3_600_000;
    await sql`update sessions set last_seen_at = ${new Date(at).toISOString()}::timestamptz where user_id = ${bob.id}`;
    expect(await see(alice, 'bob')).toEqual([{ userId: 'bob', status: 'offline', platforms: [], lastSeenAt: at }]);
  });

  test('R3 answers in the order asked, each user once, ids in their own case', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    expect((await see(alice, 'nobody', 'bob', 'nobody', 'BOB')).map(({ userId }) => userId)).toEqual(['nobody', 'bob', 'BOB']);
    expect((await see(alice, 'BOB'))[0]?.lastSeenAt).toBeUndefined();
  });

  test('R7 when the store does not know, everybody is unknown, whoever they are', async () => {
    const presence = {
      ...{ hold: () => {}, subscribe: () => () => {}, close: async () => {} },
      read: async () => ({ held: new Map(), others: 'unknown' as const }),
    };
    await using world = await createWorld({ services: { presence } });
    const [alice, bob] = await people(world, 'alice', 'bob', 'carol');
    await show(bob, 'nobody');
    for (const view of await see(alice, 'bob', 'carol', 'nobody')) {
      expect(view).toEqual({ userId: view.userId, status: 'unknown', platforms: [] });
    }
  });
});

test('R3 asking for presence is bounded in how often it can be done, both ways together', async () => {
  await using world = await createWorld({ rateLimitFactor: 0.1 });
  const [alice] = await people(world, 'alice');
  for (let n = 0; n < 30; n++) {
    await alice.caller.presence.get({ userIds: ['bob'] });
    await alice.caller.presence.subscribe({ userIds: ['bob'] });
  }
  const limited = { code: 'TOO_MANY_REQUESTS' };
  await expect(alice.caller.presence.get({ userIds: ['bob'] })).rejects.toMatchObject(limited);
  await expect(alice.caller.presence.subscribe({ userIds: ['bob'] })).rejects.toMatchObject(limited);
});

describe('R8 who may see the presence of whom', () => {
  test('everyone: everybody, by default', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    online(world, bob);
    expect(await statuses(alice, 'bob')).toEqual(['online']);
    expect((await alice.caller.users.me()).presenceVisibleTo).toBe('everyone');
  });

  test('nobody: who hides looks like a user who does not exist, also when they were seen before, and sees nobody', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    online(world, alice, bob, carol);
    await show(bob, 'nobody');
    const [hidden, absent] = await see(alice, 'bob', 'nonsense');
    expect({ ...hidden, userId: '' }).toEqual({ ...absent, userId: '' });
    expect(absent).toEqual({ userId: 'nonsense', status: 'offline', platforms: [] });
    expect(await see(bob, 'alice', 'carol')).toEqual([
      { userId: 'alice', status: 'offline', platforms: [] },
      { userId: 'carol', status: 'offline', platforms: [] },
    ]);
    expect(await statuses(bob, 'bob')).toEqual(['online']);
    expect(await statuses(alice, 'carol')).toEqual(['online']);
  });

  test('contacts: to ask for it, to have written, or to share a group, is not enough', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    online(world, alice, bob, carol);
    await alice.caller.groups.create({ name: 'All', memberIds: ['bob', 'carol'] });
    await show(bob, 'contacts');
    await write(alice, bob);
    await write(bob, alice);
    await alice.caller.contacts.request({ userId: 'bob' });
    expect(await statuses(alice, 'bob')).toEqual(['offline']);
    await bob.caller.contacts.respond({ userId: 'alice', accept: true });
    expect(await statuses(alice, 'bob')).toEqual(['online']);
    expect(await statuses(carol, 'bob')).toEqual(['offline']);
    await alice.caller.contacts.remove({ userId: 'bob' });
    expect(await statuses(alice, 'bob')).toEqual(['offline']);
  });

  test('contacts is mutual: one sees whom one shows oneself to', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    online(world, alice, bob, carol);
    await become(bob, alice);
    await show(bob, 'contacts');
    expect(await statuses(bob, 'alice', 'carol')).toEqual(['online', 'offline']);
    await show(alice, 'contacts');
    expect(await statuses(bob, 'alice')).toEqual(['online']);
    expect(await statuses(alice, 'bob', 'carol')).toEqual(['online', 'offline']);
  });

  test('the setting is the own business: others do not see it, and it survives a change of the profile', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    await show(bob, 'nobody');
    await bob.caller.users.update({ bio: 'here' });
    expect((await bob.caller.users.me()).presenceVisibleTo).toBe('nobody');
    expect((await bob.caller.sync.snapshot({})).me.presenceVisibleTo).toBe('nobody');
    const [view] = (await alice.caller.users.get({ userIds: ['bob'] })).items;
    expect(view).toEqual({ id: 'bob', displayName: 'Bob', bio: 'here', kind: 'person' });
    expect((await alice.caller.users.search({ query: 'bob' })).items[0]).not.toHaveProperty('presenceVisibleTo');
    const direct = await alice.caller.conversations.openDirect({ userId: 'bob' });
    expect(direct.peer).not.toHaveProperty('presenceVisibleTo');
  });
});

describe('messages.typing', () => {
  const typed = (world: World) => world.heard.filter(({ kind }) => kind === 'signal').length;

  test('R11 is told to the bus for members, refused to who left, and to strangers it looks like nothing', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const { id: conversationId } = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    await bob.caller.groups.leave({ conversationId });
    await alice.caller.messages.typing({ conversationId, typing: true });
    await expect(bob.caller.messages.typing({ conversationId, typing: true })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(carol.caller.messages.typing({ conversationId, typing: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect.poll(() => typed(world)).toBe(1);
  });

  test('R11 is bounded in how often it can be said', async () => {
    await using world = await createWorld({ rateLimitFactor: 1 });
    const [alice] = await people(world, 'alice', 'bob');
    const { id: conversationId } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const say = () => alice.caller.messages.typing({ conversationId, typing: true });
    for (let n = 0; n < 120; n++) await say();
    await expect(say()).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
  });

  test('R13 in a large group nobody is told, and it is no error', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice');
    const { id: conversationId } = await alice.caller.groups.create({ name: 'Many', memberIds: [] });
    const { sql } = world.services.db;
    const say = async () => {
      world.heard.length = 0;
      await alice.caller.messages.typing({ conversationId, typing: true });
      await new Promise((resolve) => setImmediate(resolve));
      return typed(world);
    };
    await sql`update groups set member_count = 101 where conversation_id = ${conversationId}`;
    expect(await say()).toBe(0);
    // The size is believed for a minute.
    await sql`update groups set member_count = 100 where conversation_id = ${conversationId}`;
    expect(await say()).toBe(0);
    world.clock.turn(60_000);
    expect(await say()).toBe(1);
  });

  test('R11 C22 who is muted is not told of, from that moment until it ends; owner and admins are above a muting of all', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const { id: conversationId } = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    const isTold = async (who: typeof bob) => {
      world.heard.length = 0;
      await who.caller.messages.typing({ conversationId, typing: true });
      await new Promise((resolve) => setImmediate(resolve));
      return typed(world) === 1;
    };
    const mute = (forMs: number | null) => alice.caller.groups.muteMember({ conversationId, userId: 'bob', forMs });
    expect(await isTold(bob)).toBe(true);
    await mute(5_000);
    expect(await isTold(bob)).toBe(false);
    world.clock.turn(5_000);
    expect(await isTold(bob)).toBe(true);
    await mute(3_600_000);
    expect(await isTold(bob)).toBe(false);
    await mute(null);
    expect(await isTold(bob)).toBe(true);
    await alice.caller.groups.muteAll({ conversationId, muted: true });
    expect([await isTold(bob), await isTold(alice)]).toEqual([false, true]);
    await alice.caller.groups.muteAll({ conversationId, muted: false });
    expect(await isTold(bob)).toBe(true);
  });

  test('R14 stores nothing', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const { id: conversationId } = await alice.caller.conversations.openDirect({ userId: 'bob' });
    const { sql } = world.services.db;
    const rows = async () => {
      const [row] = await sql`
        select (select count(*) from doorbells) as doorbells, (select sum(change) from heads) as heads,
          (select sum(change) from user_heads) as user_heads, (select count(*) from messages) as messages`;
      return row;
    };
    const before = await rows();
    for (const typing of [true, false]) await alice.caller.messages.typing({ conversationId, typing });
    expect(await rows()).toEqual(before);
  });
});
