import { describe, expect, test } from 'vitest';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, lastNotice, makeAdmin, rolesIn, rule, times } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf, say } from './scene.ts';
import { createSecondNode } from './second-node.ts';

describe('groups.join', () => {
  test('C23 a free group is joined by who knows it, and what is by invitation only looks like nothing', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice);
    const closed = await refusalOf(bob.caller.groups.join({ conversationId: id }));
    expect(closed).toEqual(await refusalOf(bob.caller.groups.join({ conversationId: '00000000-0000-7000-8000-000000000000' })));
    expect(await refusalOf(bob.caller.groups.preview({ conversationId: id }))).toEqual(closed);
    await rule(alice, id, { joinMode: 'free' });
    expect(await bob.caller.groups.preview({ conversationId: id })).toMatchObject({
      name: 'Climbers',
      memberCount: 1,
      joining: 'joins',
    });
    expect(await bob.caller.groups.join({ conversationId: id })).toMatchObject({
      status: 'joined',
      conversation: { me: { unread: 0 } },
    });
    expect(await bob.caller.groups.join({ conversationId: id })).toMatchObject({ status: 'joined' });
    await Promise.all(times(6).map(() => carol.caller.groups.join({ conversationId: id })));
    expect((await get(alice, id)).group?.memberCount).toBe(3);
    expect(await lastNotice(alice, id)).toMatchObject({ notice: 'member.joined', actorId: 'carol', userIds: ['carol'] });
    await say(bob, id, 'at once');
  });

  test('C23 by approval: who applies waits, once, and is let in by the one who decides first', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { joinMode: 'approval' });
    await makeAdmin(alice, id, 'bob');
    for (const message of ['please', 'please!']) {
      expect(await carol.caller.groups.join({ conversationId: id, message })).toEqual({ status: 'applied' });
    }
    world.clock.turn(1_000);
    await dave.caller.groups.join({ conversationId: id });
    for (const admin of [alice, bob]) {
      expect((await get(admin, id)).me.pendingRequests).toBe(2);
      expect(await admin.caller.groups.countRequests()).toEqual({ count: 2 });
    }
    const first = await bob.caller.groups.requests({ limit: 1 });
    expect(first.items).toMatchObject([{ userId: 'carol', message: 'please' }]);
    const second = await bob.caller.groups.requests({ limit: 1, cursor: first.nextCursor ?? '' });
    expect(second).toMatchObject({ items: [{ userId: 'dave' }], nextCursor: null });
    const decide = (caller: typeof alice.caller, userId: string, accept: boolean) =>
      caller.groups.respond({ conversationId: id, userId, accept });
    const both = await Promise.allSettled([decide(alice.caller, 'carol', true), decide(node.as(bob), 'carol', true)]);
    expect(both.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    await decide(alice.caller, 'dave', false);
    expect(await rolesIn(alice, id)).toEqual(['alice owner', 'bob admin', 'carol member']);
    expect((await carol.caller.groups.myRequests()).items).toMatchObject([{ groupName: 'Climbers', status: 'accepted' }]);
    expect((await dave.caller.groups.myRequests()).items).toMatchObject([{ status: 'refused' }]);
    expect(await refusal(get(dave, id))).toBe('NOT_FOUND');
    expect((await get(alice, id)).me).not.toHaveProperty('pendingRequests');
    // Who was refused may apply again, and take it back.
    await dave.caller.groups.join({ conversationId: id });
    await dave.caller.groups.withdraw({ conversationId: id });
    expect(await alice.caller.groups.countRequests()).toEqual({ count: 0 });
    expect(await refusal(decide(alice.caller, 'dave', true))).toBe('NOT_FOUND');
  });

  test('C24 a member’s invitation waits for an admin where the group says so; an admin’s does not', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { invitations: 'approval' });
    const invite = (user: WorldUser, ...userIds: string[]) => user.caller.groups.invite({ conversationId: id, userIds });
    expect(await invite(bob, 'carol', 'alice')).toEqual({ addedUserIds: [], requestedUserIds: ['carol'] });
    expect(await invite(bob, 'carol')).toEqual({ addedUserIds: [], requestedUserIds: [] });
    expect((await alice.caller.groups.requests({ conversationId: id })).items).toMatchObject([
      { userId: 'carol', inviterId: 'bob' },
    ]);
    // Who did not apply has nothing to take back, and cannot be made to by another.
    expect((await carol.caller.groups.myRequests()).items).toEqual([]);
    expect(await refusal(carol.caller.groups.withdraw({ conversationId: id }))).toBe('NOT_FOUND');
    expect(await invite(alice, 'dave', 'carol')).toMatchObject({ addedUserIds: ['dave', 'carol'] });
    expect(await alice.caller.groups.countRequests()).toEqual({ count: 0 });
    await rule(alice, id, { invitations: 'admins' });
    expect(await refusalOf(invite(bob, 'dave'))).toMatchObject({ reason: 'adminsOnly' });
  });

  test('C23 nobody but oneself applies: there is no way to name another', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice);
    await rule(alice, id, { joinMode: 'free' });
    const forged = { conversationId: id, userId: 'bob', inviterId: 'alice' } as unknown as { conversationId: string };
    expect(await refusal(bob.caller.groups.join(forged))).toBe('INVALID_INPUT');
  });
});

describe('invitation links', () => {
  test('C25 a link lets in as many as it says, also when they come at once over two nodes', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const users = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin', 'frank');
    const [alice, ...others] = users;
    const id = await groupOf(alice);
    const { code } = await alice.caller.groups.createLink({ conversationId: id, maxUses: 2 });
    expect(await others[0]?.caller.groups.preview({ code })).toMatchObject({ conversationId: id, joining: 'joins' });
    const joined = await Promise.allSettled(others.map((user, i) => (i % 2 ? user.caller : node.as(user)).groups.join({ code })));
    expect(joined.filter((one) => one.status === 'fulfilled')).toHaveLength(2);
    expect((await get(alice, id)).group?.memberCount).toBe(3);
    expect((await alice.caller.groups.links({ conversationId: id })).items).toEqual([]);
    // Who is in needs no use of it.
    const winner = others[joined.findIndex((one) => one.status === 'fulfilled')];
    expect(await winner?.caller.groups.join({ code })).toMatchObject({ status: 'joined' });
  });

  test('C25 what is expired, revoked or never was looks the same', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice);
    const make = (more: object = {}) => alice.caller.groups.createLink({ conversationId: id, ...more });
    const { code } = await make({ expiresInMs: 60_000 });
    const revoked = await make();
    await alice.caller.groups.revokeLink({ conversationId: id, code: revoked.code });
    world.clock.turn(60_000);
    const refusals = await Promise.all(
      [code, revoked.code, 'x'.repeat(22)].map((one) => refusalOf(bob.caller.groups.join({ code: one }))),
    );
    expect(refusals[0]).toMatchObject({ code: 'LINK_INVALID' });
    expect(new Set(refusals.map((one) => JSON.stringify(one))).size).toBe(1);
  });

  test('C25 a link may ask for approval; it is used by who is let in, and by nobody who waits or is refused', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice);
    const { code } = await alice.caller.groups.createLink({ conversationId: id, approval: true });
    const uses = async () => (await alice.caller.groups.links({ conversationId: id })).items.map((link) => link.uses);
    for (const _ of times(3)) expect(await bob.caller.groups.join({ code })).toEqual({ status: 'applied' });
    await alice.caller.groups.respond({ conversationId: id, userId: 'bob', accept: false });
    expect(await bob.caller.groups.join({ code })).toEqual({ status: 'applied' });
    await bob.caller.groups.withdraw({ conversationId: id });
    expect(await bob.caller.groups.join({ code })).toEqual({ status: 'applied' });
    expect(await uses()).toEqual([0]);
    await alice.caller.groups.respond({ conversationId: id, userId: 'bob', accept: true });
    expect(await uses()).toEqual([1]);
    expect((await get(bob, id)).me.role).toBe('member');
  });

  test('C25 a link never says that more came by it than it lets in, whoever is let in by an admin', async () => {
    await using world = await createWorld();
    const [alice, ...others] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice);
    const { code } = await alice.caller.groups.createLink({ conversationId: id, approval: true, maxUses: 2 });
    for (const user of others) await user.caller.groups.join({ code });
    const respond = (user: WorldUser) => alice.caller.groups.respond({ conversationId: id, userId: user.id, accept: true });
    await Promise.all(others.map(respond));
    expect((await get(alice, id)).group?.memberCount).toBe(4);
    const rows = await world.services.db.sql`select uses from group_links where code = ${code}`;
    expect(rows).toEqual([{ uses: 2 }]);
  });

  test('C25 a link of one group cannot be revoked from another', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const [mine, theirs] = [await groupOf(alice), await groupOf(bob)];
    const { code } = await alice.caller.groups.createLink({ conversationId: mine });
    expect(await refusal(bob.caller.groups.revokeLink({ conversationId: theirs, code }))).toBe('NOT_FOUND');
    expect(await bob.caller.groups.join({ code })).toMatchObject({ status: 'joined' });
  });
});

test('A4 C23 who was put out, or let in never, hears no newer name of the group from their applications', async () => {
  await using world = await createWorld();
  const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
  const { id } = await alice.caller.groups.create({ name: 'Open', memberIds: [], joinMode: 'approval' });
  for (const { id: userId, caller } of [bob, carol, dave]) {
    await caller.groups.join({ conversationId: id });
    await alice.caller.groups.respond({ conversationId: id, userId, accept: userId !== 'carol' });
  }
  await alice.caller.groups.kick({ conversationId: id, userIds: ['bob'] });
  await alice.caller.groups.update({ conversationId: id, name: 'Secret', joinMode: 'invitation' });
  const nameFor = async (user: WorldUser) => (await user.caller.groups.myRequests()).items.map((one) => one.groupName);
  expect([await nameFor(bob), await nameFor(carol), await nameFor(dave)]).toEqual([['Open'], ['Open'], ['Secret']]);
});
