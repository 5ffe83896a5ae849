import { describe, expect, test } from 'vitest';
import { createWorld } from '../src/testing/index.ts';
import { makeAdmin } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf } from './scene.ts';

describe('sizes', () => {
  test('C13 normal and large groups take what the operator lets them; an owner makes a group large', async () => {
    await using world = await createWorld({ settings: { groupMaxMembers: { normal: 2, large: 3 } } });
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    const invite = (userId: string) => alice.caller.groups.invite({ conversationId: id, userIds: [userId] });
    expect(await refusal(invite('carol'))).toBe('GROUP_FULL');
    await makeAdmin(alice, id, 'bob');
    expect(await refusalOf(bob.caller.groups.update({ conversationId: id, size: 'large' }))).toMatchObject({
      reason: 'ownerOnly',
    });
    expect((await alice.caller.groups.update({ conversationId: id, size: 'large' })).group?.maxMembers).toBe(3);
    await invite('carol');
    expect(await refusal(invite(dave.id))).toBe('GROUP_FULL');
    expect(await refusal(alice.caller.groups.create({ name: 'x', memberIds: [bob.id, carol.id, dave.id], size: 'large' }))).toBe(
      'GROUP_FULL',
    );
  });

  test('C28 in a group of 100,000 each verb is done, and no message to the nodes grows with it', async () => {
    await using world = await createWorld();
    const [alice, bob, , dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const { sql } = world.services.db;
    const big = await groupOf(alice, bob);
    const small = await groupOf(alice, bob);
    await sql`insert into members (conversation_id, user_id) select ${big}, 'u' || n from generate_series(1, 99998) n`;
    await sql`update groups set member_count = 100000, max_members = 200000 where conversation_id = ${big}`;
    await sql`analyze members`;
    const run = async (conversationId: string) => {
      world.heard.length = 0;
      const { groups } = alice.caller;
      await groups.update({ conversationId, name: 'Many', historyForNewcomers: 'all' });
      await groups.setRole({ conversationId, userId: 'bob', role: 'admin' });
      await groups.muteAll({ conversationId, muted: true });
      await bob.caller.conversations.markRead({ conversationId, seq: 2 });
      await bob.caller.sync.changes({ conversationId, since: 2 });
      await groups.update({ conversationId, joinMode: 'approval' });
      await dave.caller.groups.join({ conversationId });
      await groups.muteMember({ conversationId, userId: 'bob', forMs: 60_000 });
      await groups.invite({ conversationId, userIds: ['carol'] });
      await groups.kick({ conversationId, userIds: ['carol'] });
      await groups.members({ conversationId });
      await groups.transfer({ conversationId, userId: 'bob' });
      await bob.caller.groups.dismiss({ conversationId });
      return JSON.stringify(world.heard).length;
    };
    // That nobody looks through all of its members, and in how many statements, `group-cost.test.ts` counts.
    const bytes = await run(big);
    expect(Math.abs(bytes - (await run(small)))).toBeLessThan(2_000);
  });
});
