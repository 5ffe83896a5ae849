import { newId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { groupsLetAddContact } from '../src/contacts/groups-let-add.ts';
import { readEvents, shownEvent } from '../src/index.ts';
import { createWorld, type WorldUser } from '../src/testing/index.ts';
import { get, rule, seqsSeen, times } from './group-scene.ts';
import { groupOf, people, refusal, refusalOf, say } from './scene.ts';

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
