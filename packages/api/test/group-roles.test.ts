import { limits } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { get, lastNotice, makeAdmin, rolesIn, seqsSeen, times } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

describe('roles', () => {
  test('C20 the owner makes admins and unmakes them; nobody else does', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await makeAdmin(alice, id, 'bob');
    expect(await rolesIn(alice, id)).toEqual(['alice owner', 'bob admin', 'carol member']);
    expect(await lastNotice(carol, id)).toMatchObject({ notice: 'member.role', userIds: ['bob'], role: 'admin' });
    expect(await refusalOf(makeAdmin(bob, id, 'carol'))).toMatchObject({ code: 'FORBIDDEN', reason: 'ownerOnly' });
    expect(await refusalOf(makeAdmin(alice, id, 'alice'))).toMatchObject({ code: 'FORBIDDEN', reason: 'self' });
    expect(await refusal(makeAdmin(alice, id, 'nobody'))).toBe('NOT_FOUND');
    await alice.caller.groups.setRole({ conversationId: id, userId: 'bob', role: 'member' });
    expect((await get(bob, id)).me.role).toBe('member');
  });

  test('A11 a group handed on by many at once, while its owner leaves, has one owner', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    for (const round of times(4)) {
      const id = await groupOf(alice, bob, carol, dave);
      const heirs = ['bob', 'carol', 'dave'];
      await Promise.allSettled([
        ...times(12).map((i) => {
          const caller = i % 2 ? alice.caller : node.as(alice);
          return caller.groups.transfer({ conversationId: id, userId: heirs[(i + round) % 3] ?? '' });
        }),
        ...(round % 2 ? [alice.caller.groups.leave({ conversationId: id })] : []),
        bob.caller.groups.leave({ conversationId: id }),
      ]);
      const owners = (await rolesIn(dave, id)).filter((one) => one.endsWith('owner'));
      expect(owners).toHaveLength(1);
    }
  });

  test('A11 a hundred at once who hand on, raise, lower, remove and leave: one owner, and no role that nobody gave', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob, carol, dave);
    const heirs = ['bob', 'carol'];
    const attempts = times(100).map((i) => {
      const at = (user: WorldUser) => (i % 2 ? user.caller : node.as(user)).groups;
      const userId = heirs[i % 3 === 0 ? 0 : 1] ?? '';
      switch (i % 7) {
        case 0:
        case 1:
          return at(alice).transfer({ conversationId: id, userId });
        case 2:
          return at(bob).transfer({ conversationId: id, userId: 'carol' });
        case 3:
          // Not the one who had it first: that would hide that they kept it.
          return at(carol).setRole({ conversationId: id, userId: 'bob', role: 'member' });
        case 4:
          // Dave is never given anything, and takes what he can.
          return at(dave).setRole({ conversationId: id, userId: 'dave', role: 'admin' });
        case 5:
          return at(dave).transfer({ conversationId: id, userId: 'dave' });
        default:
          return i === 48 ? at(bob).leave({ conversationId: id }) : at(bob).kick({ conversationId: id, userIds: ['alice'] });
      }
    });
    const settled = await Promise.allSettled(attempts);
    // The owner does hand it on: otherwise there would be one for that alone.
    expect(settled.some(({ status }, i) => i % 7 < 2 && status === 'fulfilled')).toBe(true);
    const roles = await rolesIn(dave, id);
    expect(roles.filter((one) => one.endsWith('owner'))).toHaveLength(1);
    expect(roles).toContain('dave member');
    const [row] = await world.services.db.sql<{ members: number; counted: number }[]>`
      select member_count as counted, (select count(*)::int from members where conversation_id = ${id} and left_at is null) as members
      from groups where conversation_id = ${id}`;
    expect(row?.counted).toBe(row?.members);
  });

  test('A11 nobody makes themselves less or more, and the last one leaves nobody behind', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await makeAdmin(alice, id, 'bob');
    for (const role of ['admin', 'member'] as const) {
      const own = { conversationId: id, role };
      expect(await refusalOf(alice.caller.groups.setRole({ ...own, userId: 'alice' }))).toMatchObject({ reason: 'self' });
      expect(await refusal(bob.caller.groups.setRole({ ...own, userId: 'bob' }))).toBe('FORBIDDEN');
    }
    await Promise.all([alice, bob].map((one) => one.caller.groups.leave({ conversationId: id })));
    const [row] = await world.services.db.sql<{ left: number }[]>`
      select count(*)::int as left from members where conversation_id = ${id} and left_at is null`;
    expect(row?.left).toBe(0);
    expect(await refusal(alice.caller.groups.join({ conversationId: id }))).toBe('FORBIDDEN');
  });

  test('C20 transferring makes the owner an admin; an owner who leaves may name who inherits', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await alice.caller.groups.transfer({ conversationId: id, userId: 'bob' });
    expect(await rolesIn(alice, id)).toEqual(['alice admin', 'bob owner', 'carol member']);
    expect(await refusal(alice.caller.groups.transfer({ conversationId: id, userId: 'carol' }))).toBe('FORBIDDEN');
    expect(await refusal(bob.caller.groups.leave({ conversationId: id, successorId: 'nobody' }))).toBe('NOT_FOUND');
    await bob.caller.groups.leave({ conversationId: id, successorId: 'carol' });
    expect(await rolesIn(alice, id)).toEqual(['alice admin', 'carol owner']);
  });
});

describe('groups.kick', () => {
  test('C20 a group that has all its admins is handed to one of them, and to no further member', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await makeAdmin(alice, id, 'bob');
    await world.services.db.sql`
      insert into members (conversation_id, user_id, role) select ${id}, 'admin' || n, 'admin' from generate_series(3, ${limits.groupAdminsMax}::int) n`;
    const transfer = (userId: string) => alice.caller.groups.transfer({ conversationId: id, userId });
    expect(await refusalOf(transfer('carol'))).toMatchObject({ code: 'GROUP_FULL', field: 'userId' });
    await transfer('bob');
    expect((await get(alice, id)).me.role).toBe('admin');
  });

  test('A17 who is removed reads what was visible and nothing later, and sends nothing from then on', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await say(alice, id, 'before');
    expect(await alice.caller.groups.kick({ conversationId: id, userIds: ['carol', 'nobody', 'bob'] })).toEqual({
      removedUserIds: expect.arrayContaining(['bob', 'carol']),
    });
    await say(alice, id, 'after');
    for (const gone of [bob, carol]) {
      expect(await seqsSeen(gone, id)).toEqual([1, 2]);
      expect(await refusal(gone.caller.messages.send(text(id)))).toBe('FORBIDDEN');
      expect((await get(gone, id)).me.leftAt).toBeDefined();
    }
    expect((await get(alice, id)).group?.memberCount).toBe(1);
    expect(
      await refusal(alice.caller.groups.join({ conversationId: id }).then(() => bob.caller.groups.join({ conversationId: id }))),
    ).toBe('FORBIDDEN');
  });

  test('C21 an admin removes members only; all that are named or nobody', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob, carol, dave);
    await makeAdmin(alice, id, 'bob');
    await makeAdmin(alice, id, 'carol');
    const kick = (user: WorldUser, ...userIds: string[]) => user.caller.groups.kick({ conversationId: id, userIds });
    expect(await refusalOf(kick(bob, 'dave', 'carol'))).toMatchObject({ reason: 'outranked' });
    expect(await refusalOf(kick(bob, 'alice'))).toMatchObject({ reason: 'ownerIsTarget' });
    expect(await refusalOf(kick(dave, 'bob'))).toMatchObject({ reason: 'adminsOnly' });
    expect(await refusalOf(kick(alice, 'alice'))).toMatchObject({ reason: 'self' });
    expect((await get(alice, id)).group?.memberCount).toBe(4);
    await kick(bob, 'dave');
    await kick(alice, 'carol');
    expect(await rolesIn(alice, id)).toEqual(['alice owner', 'bob admin']);
  });
});

test('A11 no role is given by inviting, joining or naming oneself', async () => {
  await using world: World = await createWorld();
  const [alice, bob] = await people(world, 'alice', 'bob', 'carol');
  const id = await groupOf(alice, bob);
  const forged = { conversationId: id, userIds: ['carol'], role: 'owner' } as unknown as {
    conversationId: string;
    userIds: string[];
  };
  expect(await refusal(bob.caller.groups.invite(forged))).toBe('INVALID_INPUT');
  expect(await refusalOf(bob.caller.groups.updateMember({ conversationId: id, userId: 'alice', nickname: 'x' }))).toMatchObject({
    reason: 'adminsOnly',
  });
});
