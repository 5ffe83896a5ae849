import { type GroupRules, limits, newId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { groupsLetAddContact } from '../src/contacts/groups-let-add.ts';
import { readEvents, shownEvent } from '../src/index.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { groupOf, people, refusal, refusalOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

const times = (n: number) => Array.from({ length: n }, (_, i) => i);
const get = (user: WorldUser, conversationId: string) => user.caller.conversations.get({ conversationId });
const rule = (user: WorldUser, conversationId: string, rules: Partial<Omit<GroupRules, 'mutedAll'>>) =>
  user.caller.groups.update({ conversationId, ...rules });
const makeAdmin = (owner: WorldUser, conversationId: string, userId: string) =>
  owner.caller.groups.setRole({ conversationId, userId, role: 'admin' });
const seqsSeen = async (user: WorldUser, conversationId: string) =>
  (await user.caller.messages.list({ conversationId })).items.map((item) => item.seq);
const rolesIn = async (user: WorldUser, conversationId: string) =>
  (await user.caller.groups.members({ conversationId })).items.map(({ userId, role }) => `${userId} ${role}`);
const lastNotice = async (user: WorldUser, conversationId: string) => (await get(user, conversationId)).lastMessage?.content;

describe('groups.update', () => {
  test('C19 profile and rules are changed as one, and said in the timeline, which counts nothing as unread', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const view = await alice.caller.groups.update({
      ...{ conversationId: id, name: 'Alpinists', introduction: 'Up', announcement: 'At eight', joinMode: 'approval' },
      fields: { project: 'K2' },
    });
    expect(view).toMatchObject({
      title: 'Alpinists',
      group: { introduction: 'Up', announcement: 'At eight', fields: { project: 'K2' }, rules: { joinMode: 'approval' } },
    });
    const theirs = await get(bob, id);
    expect(theirs.group).toEqual(view.group);
    expect(theirs.me.unread).toBe(0);
    const { items } = await bob.caller.messages.list({ conversationId: id });
    expect(items.slice(1).map((item) => item.content)).toEqual([
      { type: 'notice', notice: 'group.renamed', actorId: 'alice', userIds: [], name: 'Alpinists' },
      { type: 'notice', notice: 'group.announced', actorId: 'alice', userIds: [], text: 'At eight' },
      { type: 'notice', notice: 'group.updated', actorId: 'alice', userIds: [], changed: ['introduction', 'fields', 'joinMode'] },
    ]);
  });

  test('C19 what is the same already changes nothing and tells nobody; null clears', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await alice.caller.groups.update({ conversationId: id, introduction: 'Up', fields: { a: '1', b: '2' } });
    const before = await get(alice, id);
    world.heard.length = 0;
    const same = { name: 'Climbers', introduction: 'Up', fields: { b: '2', a: '1' }, joinMode: 'invitation' as const };
    expect(await alice.caller.groups.update({ conversationId: id, ...same, avatarUrl: null })).toEqual(before);
    expect(world.heard).toEqual([]);
    const cleared = await alice.caller.groups.update({ conversationId: id, introduction: null, fields: null });
    expect(cleared.group).not.toHaveProperty('introduction');
    expect(cleared.group).not.toHaveProperty('fields');
  });

  test('C14 who left sees the group as it was then: neither its later profile nor what it says to its members', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await bob.caller.groups.leave({ conversationId: id });
    await alice.caller.groups.update({ conversationId: id, name: 'secret', announcement: 'secret', fields: { key: 'secret' } });
    const repair = await bob.caller.sync.changes({ conversationId: id, since: 1 });
    expect(JSON.stringify([await get(bob, id), repair, await bob.caller.sync.snapshot({})])).not.toContain('secret');
  });
});

test('C10 a group may begin with its profile and rules', async () => {
  await using world = await createWorld();
  const [alice] = await people(world, 'alice', 'bob');
  const view = await alice.caller.groups.create({
    ...{
      name: 'Open',
      memberIds: ['bob'],
      introduction: 'All welcome',
      joinMode: 'free',
      historyForNewcomers: 'all',
      size: 'large',
    },
    fields: { team: 'blue' },
  });
  expect(view.group).toMatchObject({
    ...{ introduction: 'All welcome', fields: { team: 'blue' }, maxMembers: 10_000 },
    rules: { joinMode: 'free', historyForNewcomers: 'all', invitations: 'free' },
  });
});

test('C11 of some users those are told who are members', async () => {
  await using world = await createWorld();
  const [alice, bob] = await people(world, 'alice', 'bob', 'carol');
  const id = await groupOf(alice, bob);
  await bob.caller.groups.updateMember({ conversationId: id, nickname: 'Bobby' });
  const { items } = await alice.caller.groups.members({ conversationId: id, userIds: ['carol', 'bob', 'nobody'] });
  expect(items).toMatchObject([{ userId: 'bob', nickname: 'Bobby' }]);
});

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
          return at(carol).setRole({ conversationId: id, userId: 'alice', role: 'member' });
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
    expect(settled.some(({ status }) => status === 'fulfilled')).toBe(true);
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

describe('muting', () => {
  test('C22 who is muted sends nothing until then; the refusal says until when; an owner lifts it', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const until = world.clock.now() + 60_000;
    expect(await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 })).toEqual({
      mutedUntil: until,
    });
    expect(await refusalOf(bob.caller.messages.send(text(id)))).toMatchObject({ code: 'MUTED', reason: 'muted', until });
    expect((await get(bob, id)).me.mutedUntil).toBe(until);
    world.clock.turn(60_000);
    await say(bob, id, 'again');
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: null });
    await say(bob, id, 'and again');
    expect((await get(bob, id)).me).not.toHaveProperty('mutedUntil');
  });

  test('C22 leaving and coming back does not end it', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { joinMode: 'free' });
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await bob.caller.groups.leave({ conversationId: id });
    await bob.caller.groups.join({ conversationId: id });
    expect(await refusal(bob.caller.messages.send(text(id)))).toBe('MUTED');
  });

  test('C22 when all are muted the owner and admins write, and a retry of what was sent before still gets its answer', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    await makeAdmin(alice, id, 'bob');
    const sent = text(id);
    await carol.caller.messages.send(sent);
    await bob.caller.groups.muteAll({ conversationId: id, muted: true });
    expect(await refusalOf(carol.caller.messages.send(text(id)))).toMatchObject({ code: 'MUTED', reason: 'mutedAll' });
    expect(await carol.caller.messages.send(sent)).toMatchObject({ deduplicated: true });
    await say(alice, id, 'owner');
    await say(bob, id, 'admin');
    expect((await get(carol, id)).group?.rules?.mutedAll).toBe(true);
    await alice.caller.groups.muteAll({ conversationId: id, muted: false });
    await say(carol, id, 'free');
  });

  test('C22 of what races with the muting nothing is sent above its change', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const sends = times(20).map((i) => (i % 2 ? bob.caller : node.as(bob)).messages.send(text(id, `${i}`)));
    const muted = alice.caller.groups.muteMember({ conversationId: id, userId: 'bob', forMs: 60_000 });
    await Promise.allSettled([...sends, muted]);
    const [row] = await world.services.db.sql<{ late: number }[]>`
      select count(*)::int as late from messages x join members m using (conversation_id)
      where m.user_id = 'bob' and x.sender_id = 'bob' and x.type = 'text' and x.last_change > m.change`;
    expect(row?.late).toBe(0);
  });
});

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

describe('newcomers', () => {
  test('C26 they read all or from their joining on, as the rules say at that moment; who comes back keeps their old ranges', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice);
    await say(alice, id, 'two');
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    expect(await seqsSeen(bob, id)).toEqual([3]);
    await rule(alice, id, { historyForNewcomers: 'all' });
    await alice.caller.groups.invite({ conversationId: id, userIds: ['carol'] });
    expect(await seqsSeen(carol, id)).toEqual([1, 2, 3, 4, 5]);
    expect((await get(carol, id)).me).toMatchObject({ unread: 0, visible: [{ from: 1, to: null }] });
    // The rule opens nothing to who is in already.
    expect(await seqsSeen(bob, id)).toEqual([3, 4, 5]);
    await bob.caller.groups.leave({ conversationId: id });
    await rule(alice, id, { historyForNewcomers: 'fromJoining' });
    await alice.caller.groups.invite({ conversationId: id, userIds: ['bob'] });
    expect((await get(bob, id)).me.visible).toEqual([
      { from: 3, to: 6 },
      { from: 8, to: null },
    ]);
    await say(bob, id, 'at once');
    expect(await seqsSeen(bob, id)).toEqual([3, 4, 5, 8, 9]);
  });
});

describe('who the members are', () => {
  test('A4 C27 where only admins see them, no answer and no event names a member to another', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob, carol);
    await rule(alice, id, { membersVisibleTo: 'admins', joinMode: 'free' });
    const since = (await get(bob, id)).head.change;
    world.heard.length = 0;
    await alice.caller.groups.invite({ conversationId: id, userIds: ['dave'] });
    await alice.caller.groups.muteMember({ conversationId: id, userId: 'dave', forMs: 60_000 });
    await alice.caller.groups.updateMember({ conversationId: id, userId: 'dave', nickname: 'Davy' });
    await alice.caller.groups.kick({ conversationId: id, userIds: ['dave'] });
    await carol.caller.conversations.markRead({ conversationId: id, seq: 1 });
    expect(await refusalOf(bob.caller.groups.members({ conversationId: id }))).toMatchObject({ reason: 'adminsOnly' });
    const repair = await bob.caller.sync.changes({ conversationId: id, since });
    expect(JSON.stringify([repair, await get(bob, id), await bob.caller.messages.list({ conversationId: id })])).not.toMatch(
      /dave|Davy/,
    );
    const events = world.heard.flatMap((one) => (one.kind === 'conversation' ? one.events.map(shownEvent) : []));
    expect(events.map((event) => event.type)).toEqual(times(4).map(() => 'members.changed'));
    expect(JSON.stringify(events)).not.toMatch(/dave|Davy/);
    expect(world.heard.some((one) => one.kind === 'read')).toBe(false);
    // A node that missed them reads the same, and whom they are about, so that it knows who is in.
    const missed = await readEvents(world.services, id, since);
    expect(missed.events.map((event) => event.type)).toContain('member.left');
    expect(JSON.stringify(missed.events.map(shownEvent))).not.toMatch(/dave|Davy/);
    const hers = await alice.caller.sync.changes({ conversationId: id, since });
    expect(JSON.stringify(hers)).toContain('dave');
    expect((await alice.caller.groups.members({ conversationId: id })).items).toHaveLength(3);
  });

  test('A4 to who is not in it a group says of nobody whether they are, and who left asks in vain', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob, carol);
    await say(bob, id, 'hello');
    await carol.caller.groups.leave({ conversationId: id });
    const ways = (user: WorldUser, conversationId: string, userId: string) => {
      const { groups, messages } = user.caller;
      return [
        () => groups.members({ conversationId, userIds: [userId] }),
        () => groups.kick({ conversationId, userIds: [userId] }),
        () => groups.muteMember({ conversationId, userId, forMs: 60_000 }),
        () => groups.setRole({ conversationId, userId, role: 'admin' }),
        () => groups.updateMember({ conversationId, userId, nickname: 'x' }),
        () => groups.transfer({ conversationId, userId }),
        () => groups.invite({ conversationId, userIds: [userId] }),
        () => groups.respond({ conversationId, userId, accept: true }),
        () => messages.receipts({ conversationId, seq: 2 }),
        () => messages.reactions({ conversationId, seq: 2, emoji: '👍' }),
      ];
    };
    const answers = async (...of: Parameters<typeof ways>) => {
      const found = [];
      for (const call of ways(...of)) found.push(await refusalOf(call()));
      return found;
    };
    const nowhere = await answers(dave, newId(), 'bob');
    expect(new Set(nowhere.map(({ code }) => code))).toEqual(new Set(['NOT_FOUND']));
    // A member, somebody else, nobody at all.
    for (const userId of ['bob', 'dave', 'nobody']) expect(await answers(dave, id, userId)).toEqual(nowhere);
    const out = await answers(carol, id, 'bob');
    expect(new Set(out.map(({ code }) => code))).toEqual(new Set(['FORBIDDEN']));
    for (const userId of ['dave', 'nobody']) expect(await answers(carol, id, userId)).toEqual(out);
  });

  test('C30 members of a group that forbids it do not ask each other to become contacts, unless another group lets them', async () => {
    await using world = await createWorld();
    const { sql } = world.services.db;
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob, carol);
    expect(await groupsLetAddContact(sql, 'bob', 'carol')).toBe(true);
    await rule(alice, id, { contactsBy: 'admins' });
    expect(await groupsLetAddContact(sql, 'bob', 'carol')).toBe(false);
    expect(await groupsLetAddContact(sql, 'alice', 'carol')).toBe(true);
    await groupOf(bob, carol);
    expect(await groupsLetAddContact(sql, 'bob', 'carol')).toBe(true);
    expect(await groupsLetAddContact(sql, 'bob', 'nobody')).toBe(true);
  });
});

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

describe('groups.dismiss', () => {
  test('C29 A10 from the dismissal on nothing is sent, changed or joined; what was said stays readable, and nothing waits', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    await rule(alice, id, { joinMode: 'approval' });
    await say(bob, id, 'hello');
    const { code } = await alice.caller.groups.createLink({ conversationId: id });
    await carol.caller.groups.join({ conversationId: id });
    expect(await refusalOf(bob.caller.groups.dismiss({ conversationId: id }))).toMatchObject({ reason: 'ownerOnly' });
    await alice.caller.groups.dismiss({ conversationId: id });
    expect((await get(bob, id)).group?.dismissedAt).toBe(world.clock.now());
    expect(await lastNotice(bob, id)).toMatchObject({ notice: 'group.dismissed', actorId: 'alice' });
    const { groups, messages } = alice.caller;
    const refusals = await Promise.all([
      refusal(messages.send(text(id))),
      refusal(bob.caller.messages.send(text(id))),
      refusal(groups.invite({ conversationId: id, userIds: ['dave'] })),
      refusal(groups.update({ conversationId: id, name: 'x' })),
      refusal(groups.leave({ conversationId: id })),
      refusal(groups.dismiss({ conversationId: id })),
      refusal(groups.createLink({ conversationId: id })),
      refusal(dave.caller.groups.join({ conversationId: id })),
      refusal(bob.caller.messages.edit({ conversationId: id, seq: 2, content: { type: 'text', text: 'another' } })),
      refusal(bob.caller.messages.revoke({ conversationId: id, seq: 2 })),
      refusal(messages.revoke({ conversationId: id, seq: 2 })),
      refusal(messages.react({ conversationId: id, seq: 2, emoji: '👍', on: true })),
      refusal(messages.pin({ conversationId: id, seq: 2, pinned: true })),
      refusal(messages.setDisappearing({ conversationId: id, afterSentMs: 3_600_000 })),
      refusal(groups.setRole({ conversationId: id, userId: 'bob', role: 'admin' })),
      refusal(groups.kick({ conversationId: id, userIds: ['bob'] })),
    ]);
    expect(new Set(refusals)).toEqual(new Set(['GROUP_DISMISSED']));
    expect(await refusal(dave.caller.groups.join({ code }))).toBe('LINK_INVALID');
    expect((await carol.caller.groups.myRequests()).items).toMatchObject([{ status: 'refused' }]);
    expect(await alice.caller.groups.countRequests()).toEqual({ count: 0 });
    expect((await bob.caller.messages.list({ conversationId: id })).items.some((item) => item.content.type === 'text')).toBe(
      true,
    );
  });

  test('C29 of sends that race with it none is above its change', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const sends = times(20).map((i) => (i % 2 ? bob.caller : node.as(bob)).messages.send(text(id, `${i}`)));
    await Promise.allSettled([...sends, alice.caller.groups.dismiss({ conversationId: id })]);
    const [row] = await world.services.db.sql<{ late: number }[]>`
      select count(*)::int as late from messages x join groups g using (conversation_id)
      where x.conversation_id = ${id} and x.last_change > g.change`;
    expect(row?.late).toBe(0);
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

test('a field that would be dropped without a word is refused', async () => {
  await using world = await createWorld();
  const [alice] = await people(world, 'alice');
  const id = await groupOf(alice);
  const fields = JSON.parse('{"color":"red","__proto__":"x"}') as Record<string, string>;
  expect(await refusal(alice.caller.groups.update({ conversationId: id, fields }))).toBe('INVALID_INPUT');
  expect(await refusal(alice.caller.groups.create({ name: 'Two', memberIds: [], fields }))).toBe('INVALID_INPUT');
  await alice.caller.groups.update({ conversationId: id, fields: { color: 'red', constructor: 'x' } });
  expect((await get(alice, id)).group?.fields).toEqual({ color: 'red', constructor: 'x' });
  await alice.caller.groups.update({ conversationId: id, fields: null });
});

test('W6 a stranger is turned away without waiting for the lock of a head, and so takes none', async () => {
  await using world = await createWorld();
  const [alice, bob, eve] = await people(world, 'alice', 'bob', 'eve');
  const id = await groupOf(alice, bob);
  const { sql } = world.services.db;
  await sql.begin(async (held) => {
    await held`select 1 from heads where conversation_id = ${id} for update`;
    const { groups, messages } = eve.caller;
    const code = 'x'.repeat(22);
    const calls = [
      () => messages.edit({ conversationId: id, seq: 1, content: { type: 'text', text: 'x' } }),
      () => messages.revoke({ conversationId: id, seq: 1 }),
      () => messages.react({ conversationId: id, seq: 1, emoji: '👍', on: true }),
      () => messages.pin({ conversationId: id, seq: 1, pinned: true }),
      () => messages.setDisappearing({ conversationId: id, afterSentMs: 86_400_000 }),
      () => groups.invite({ conversationId: id, userIds: ['eve'] }),
      () => groups.leave({ conversationId: id }),
      () => groups.update({ conversationId: id, name: 'Mine' }),
      () => groups.createLink({ conversationId: id }),
      () => groups.revokeLink({ conversationId: id, code }),
      () => groups.join({ conversationId: id }),
      () => groups.withdraw({ conversationId: id }),
    ];
    // Whoever waits for the lock is refused in the end, with UNAVAILABLE.
    for (const call of calls) expect(await refusal(call())).toBe('NOT_FOUND');
  });
});
