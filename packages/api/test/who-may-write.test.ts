import { describe, expect, test } from 'vitest';
import { selectPeerStanding } from '../src/contacts/peer-standing.ts';
import { createWorld } from '../src/testing/index.ts';
import { become, direct } from './contact-scene.ts';
import { people, refusal, refusalOf, say, text } from './scene.ts';

describe('who may write', () => {
  test('K19 is a setting: everyone, contacts, nobody; it is about direct conversations', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, bob);
    const fromBob = await direct(bob, alice);
    const fromCarol = await direct(carol, alice);
    await alice.caller.users.update({ messagesFrom: 'contacts' });
    await say(bob, fromBob, 'hello');
    expect(await refusalOf(carol.caller.messages.send(text(fromCarol)))).toMatchObject({
      code: 'CONTACTS_ONLY',
      retryable: false,
      message: expect.stringContaining('contact request'),
    });
    await become(carol, alice);
    await say(carol, fromCarol, 'as she said');
    await alice.caller.users.update({ messagesFrom: 'nobody' });
    expect(await refusal(bob.caller.messages.send(text(fromBob)))).toBe('NOT_REACHABLE');
    await say(alice, fromBob, 'I may');
    const { id } = await carol.caller.groups.create({ name: 'All', memberIds: ['alice'] });
    await say(carol, id, 'in the group');
    const self = await alice.caller.conversations.openDirect({ userId: 'alice' });
    await say(alice, self.id, 'note');
  });

  test('K20 new accounts begin with what the server says', async () => {
    const newAccounts = { messagesFrom: 'contacts', contactRequestsFrom: 'nobody' } as const;
    await using world = await createWorld({ settings: { newAccounts } });
    const [alice] = await people(world, 'alice');
    expect(await alice.caller.users.me()).toMatchObject(newAccounts);
    await alice.caller.users.update({ messagesFrom: 'everyone' });
    expect(await alice.caller.users.me()).toMatchObject({ ...newAccounts, messagesFrom: 'everyone' });
  });

  test('K21 for a send in a group no member but the sender is looked at, however many there are', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const { sql } = world.services.db;
    const group = await alice.caller.groups.create({ name: 'Two', memberIds: ['bob'] });
    const look = async (id: string) => {
      const plan = await sql`
        explain (analyze, timing off, costs off, buffers off, summary off)
        ${selectPeerStanding(sql, sql`${id}::uuid`, sql`${'alice'}::text`)}`;
      const lines = plan.map((row) => String(Object.values(row)[0]));
      const scan = lines.findIndex((line) => line.includes('members o'));
      return lines
        .slice(scan)
        .find((line) => line.includes('Index Searches'))
        ?.trim();
    };
    expect(await look(await direct(alice, await world.user('carol')))).toBe('Index Searches: 1');
    expect(await look(group.id)).toBe('Index Searches: 0');
  });
});

describe('who may add one to a group', () => {
  test('K22 A18 everyone, contacts or nobody; who is kept out by it cannot tell it from a block', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    await become(alice, carol);
    const group = await alice.caller.groups.create({ name: 'Climbers', memberIds: [] });
    const invite = (userId: string) => alice.caller.groups.invite({ conversationId: group.id, userIds: [userId] });
    const create = (userId: string) => alice.caller.groups.create({ name: 'Another', memberIds: [userId] });
    await bob.caller.users.update({ groupInvitesFrom: 'contacts' });
    await carol.caller.users.update({ groupInvitesFrom: 'contacts' });
    const bySetting = [await refusalOf(invite('bob')), await refusalOf(create('bob'))];
    expect(bySetting).toMatchObject([{ code: 'NOT_REACHABLE' }, { code: 'NOT_REACHABLE' }]);
    await create('carol');
    expect((await invite('carol')).addedUserIds).toEqual(['carol']);
    await alice.caller.groups.update({ conversationId: group.id, joinMode: 'free' });
    await bob.caller.groups.join({ conversationId: group.id });
    expect(await refusalOf(invite('bob'))).toEqual(bySetting[0]);
    await carol.caller.users.update({ groupInvitesFrom: 'nobody' });
    expect(await refusalOf(create('carol'))).toEqual(bySetting[1]);
    await bob.caller.users.update({ groupInvitesFrom: 'everyone' });
    await create('bob');
    await bob.caller.contacts.block({ userId: 'alice' });
    expect([await refusalOf(invite('bob')), await refusalOf(create('bob'))]).toEqual(bySetting);
    expect(await carol.caller.users.me()).toMatchObject({ groupInvitesFrom: 'nobody' });
  });
});
