import type { ConversationRepair, MemberView } from '@nexo/shared';
import { limits, newId } from '@nexo/shared';
import { describe, expect, test } from 'vitest';
import { appRouter } from '../src/index.ts';
import { createWorld, type World, type WorldUser } from '../src/testing/index.ts';
import { beforeStatement } from './before-statement.ts';
import { doorbellsOf, groupOf, people, refusal, refusalOf, rowsOf, say, text } from './scene.ts';
import { createSecondNode } from './second-node.ts';

const times = (n: number) => Array.from({ length: n }, (_, i) => i);
const get = (user: WorldUser, conversationId: string) => user.caller.conversations.get({ conversationId });
const leave = (user: WorldUser, conversationId: string) => user.caller.groups.leave({ conversationId });
const invite = (user: WorldUser, conversationId: string, ...userIds: string[]) =>
  user.caller.groups.invite({ conversationId, userIds });
const membersOf = async (user: WorldUser, conversationId: string) => (await user.caller.groups.members({ conversationId })).items;
const rolesOf = (members: readonly MemberView[]) => members.map(({ userId, role }) => `${userId} ${role}`);

describe('groups.create', () => {
  test('C10 a group begins with its notice, number 1, and everybody in it is told', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob', 'carol');
    world.heard.length = 0;
    const view = await alice.caller.groups.create({ name: '  Climbers ', memberIds: ['BOB', 'carol', 'bob', 'Alice'] });
    expect(view).toMatchObject({
      kind: 'group',
      title: 'Climbers',
      group: { name: 'Climbers', memberCount: 3 },
      head: { seq: 1, change: 1 },
      countable: 0,
      me: { role: 'owner', unread: 0, readSeq: 0, visible: [{ from: 1, to: null }] },
      lastMessage: { seq: 1, countable: false, content: { type: 'notice', notice: 'group.created', actorId: 'alice' } },
    });
    expect(rolesOf(await membersOf(alice, view.id))).toEqual(['alice owner', 'bob member', 'carol member']);
    const told = world.heard.map((heard) => (heard.kind === 'user' ? `${heard.userId} ${heard.events[0]?.type}` : heard.kind));
    expect(told.sort()).toEqual(['alice me.joined', 'bob me.joined', 'carol me.joined']);
  });

  test('C10 a retry gets the group that it made, also when somebody in it has blocked its owner since', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const input = { name: 'Once', memberIds: ['bob'], clientGroupId: newId() };
    const { id } = await alice.caller.groups.create(input);
    await bob.caller.contacts.block({ userId: 'alice' });
    expect((await alice.caller.groups.create(input)).id).toBe(id);
    expect(await refusal(alice.caller.groups.create({ ...input, clientGroupId: newId() }))).toBe('NOT_REACHABLE');
  });

  test('A4 C10 where only admins see the members, not even the first notice names them', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    const input = { name: 'Quiet', memberIds: ['bob'] };
    const first = async (more: object) => (await alice.caller.groups.create({ ...input, ...more })).lastMessage;
    expect(await first({ membersVisibleTo: 'admins' })).toMatchObject({
      seq: 1,
      content: { notice: 'group.created', userIds: [] },
    });
    expect(await first({})).toMatchObject({ seq: 1, content: { notice: 'group.created', userIds: ['bob'] } });
  });

  test('C10 the same clientGroupId is the same group, also when it is asked for at once over two nodes', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const input = { name: 'Once', memberIds: ['bob'], clientGroupId: newId() };
    const views = await Promise.all(times(10).map((i) => (i % 2 ? alice.caller : node.as(alice)).groups.create(input)));
    expect(new Set(views.map((view) => view.id)).size).toBe(1);
    const id = views[0]?.id ?? '';
    expect(await rowsOf(world, id)).toHaveLength(1);
    expect((await bob.caller.groups.create({ ...input, memberIds: [] })).id).not.toBe(id);
  });

  test('C10 with somebody who does not exist it is refused and leaves nothing', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob');
    expect(await refusal(alice.caller.groups.create({ name: 'x', memberIds: ['bob', 'nobody'] }))).toBe('NOT_FOUND');
    expect((await alice.caller.conversations.list({})).items).toEqual([]);
  });

  test('C9 what the system says has its numbers like any message, and makes nothing unread', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'one');
    await invite(alice, id, 'carol');
    await say(alice, id, 'two');
    const { items } = await bob.caller.messages.list({ conversationId: id });
    expect(items.map(({ seq, content, countable, countableSeq }) => [seq, content.type, countable, countableSeq])).toEqual([
      [1, 'notice', false, 0],
      [2, 'text', true, 1],
      [3, 'notice', false, 1],
      [4, 'text', true, 2],
    ]);
    expect((await get(bob, id)).me.unread).toBe(2);
  });

  test('C11 the members come by pages, complete and without doubles', async () => {
    await using world = await createWorld();
    const alice = await world.user('alice');
    const id = await groupOf(alice);
    await world.services.db.sql`
      insert into members (conversation_id, user_id) select ${id}, (array['B','b','_','-','9'])[1 + n % 5] || n from generate_series(1, 57) n`;
    for (const limit of [1, 10, 58, 100]) {
      const seen: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await alice.caller.groups.members({ conversationId: id, limit, ...(cursor == null ? {} : { cursor }) });
        seen.push(...page.items.map((member) => member.userId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toHaveLength(58);
      expect(new Set(seen).size).toBe(58);
    }
  });
});

describe('groups.invite', () => {
  test('C12 a newcomer reads from the notice of their joining on, with nothing unread', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice);
    await say(alice, id, 'before');
    world.heard.length = 0;
    expect(await invite(alice, id, 'BOB', 'alice')).toEqual({ addedUserIds: ['bob'], requestedUserIds: [] });
    const view = await get(bob, id);
    expect(view).toMatchObject({ head: { seq: 3, change: 4 }, me: { visible: [{ from: 3, to: null }], readSeq: 2, unread: 0 } });
    expect((await bob.caller.messages.list({ conversationId: id })).items.map((item) => item.seq)).toEqual([3]);
    expect((await bob.caller.messages.get({ conversationId: id, seqs: [1, 2, 3] })).items.map((item) => item.seq)).toEqual([3]);
    const [told, joined] = world.heard;
    expect(told).toMatchObject({ kind: 'conversation', from: 3, to: 4 });
    expect(told?.kind === 'conversation' && told.events.map((event) => [event.type, event.change])).toEqual([
      ['member.joined', 3],
      ['message.sent', 4],
    ]);
    expect(joined).toMatchObject({ kind: 'user', userId: 'bob', events: [{ type: 'me.joined', conversation: view }] });
    await say(alice, id, 'after');
    expect((await get(bob, id)).me.unread).toBe(1);
  });

  test('C12 who is in it already stays as they are, and nobody is told', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const before = await get(alice, id);
    world.heard.length = 0;
    expect(await invite(bob, id, 'alice', 'bob')).toEqual({ addedUserIds: [], requestedUserIds: [] });
    expect(await get(alice, id)).toEqual(before);
    expect(world.heard).toEqual([]);
  });

  test('C12 people invited at once over two nodes are all in, once, with changes without a hole', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const users = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin', 'frank');
    const [alice, bob] = users;
    const id = await groupOf(alice, bob);
    await Promise.all([
      invite(alice, id, 'carol', 'dave', 'erin'),
      node.as(bob).groups.invite({ conversationId: id, userIds: ['erin', 'frank', 'dave'] }),
      alice.caller.messages.send(text(id)),
    ]);
    const view = await get(alice, id);
    expect(view.group?.memberCount).toBe(6);
    expect(await membersOf(alice, id)).toHaveLength(6);
    const bells = await doorbellsOf(world, id);
    expect(bells.flatMap(({ from, to }) => times(to - from + 1).map((i) => from + i))).toEqual(
      times(view.head.change - 1).map((i) => i + 2),
    );
  });

  test(`C13 a group takes no more than its most, as a whole or not at all`, async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, bob);
    await world.services.db.sql`update groups set max_members = 3`;
    expect(await refusal(invite(alice, id, 'carol', 'dave'))).toBe('GROUP_FULL');
    const results = await Promise.allSettled([invite(alice, id, 'carol'), invite(bob, id, 'dave')]);
    expect(results.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await get(alice, id)).group?.memberCount).toBe(3);
    expect(await membersOf(alice, id)).toHaveLength(3);
    // Who leaves makes room.
    await leave(bob, id);
    const missing = (await membersOf(alice, id)).some((member) => member.userId === 'carol') ? 'dave' : 'carol';
    expect(await invite(alice, id, missing)).toEqual({ addedUserIds: [missing], requestedUserIds: [] });
    const [row] = await world.services.db.sql<{ most: number }[]>`select max_members as most from groups`;
    expect(row?.most).toBeLessThan(limits.groupMaxMembers);
  });

  test('C13 nobody can be invited to a direct conversation or to notes', async () => {
    await using world = await createWorld();
    const [alice] = await people(world, 'alice', 'bob', 'carol');
    for (const userId of ['bob', 'alice']) {
      const { id } = await alice.caller.conversations.openDirect({ userId });
      expect(await refusal(invite(alice, id, 'carol'))).toBe('FORBIDDEN');
      expect(await refusal(leave(alice, id))).toBe('FORBIDDEN');
    }
  });
});

/** All that an ex-member can get to see of a group, by whatever procedure. */
async function everythingSeen(user: WorldUser, id: string) {
  const { caller } = user;
  const view = await get(user, id);
  const { epoch } = await caller.sync.snapshot({});
  const cursors = [1, 2, view.head.change, view.head.change + 1, 1_000];
  const repairs: ConversationRepair[] = [];
  for (const change of cursors) {
    repairs.push(await caller.sync.changes({ conversationId: id, since: change }));
    const resumed = await caller.sync.resume({ epoch, userChange: 0, conversations: [{ id, change }] });
    if (resumed.kind === 'resumed') repairs.push(...resumed.repairs);
  }
  const resumed = await caller.sync.resume({ epoch, userChange: 0, conversations: [] });
  const seqs = times(99).map((i) => i + 1);
  return {
    views: [view, ...(await caller.conversations.list({})).items, ...(await caller.sync.snapshot({})).items, resumed],
    messages: [
      (await caller.messages.list({ conversationId: id })).items,
      (await caller.messages.list({ conversationId: id, after: 0 })).items,
      (await caller.messages.list({ conversationId: id, before: 1_000 })).items,
      (await caller.messages.list({ conversationId: id, around: 1_000 })).items,
      (await caller.messages.get({ conversationId: id, seqs })).items,
    ],
    repairs,
  };
}

/** Without what is the group's present profile, and of the moment. */
const stable = (value: unknown) =>
  JSON.stringify(value, (key, part) => (key === 'group' || key === 'serverTime' ? undefined : part));

describe('groups.leave', () => {
  test('C14 A3 who left reads what they could read before, and nothing that came later, by any procedure', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'one', 'two');
    await leave(bob, id);
    const before = await everythingSeen(bob, id);
    expect(before.messages[0]?.map((message) => message.seq)).toEqual([1, 2, 3]);
    const view = await get(bob, id);
    expect(view).toMatchObject({
      head: { seq: 3, change: 4 },
      countable: 2,
      me: { role: 'member', visible: [{ from: 1, to: 4 }], leftAt: world.clock.now(), unread: 2 },
      lastMessage: { seq: 3 },
    });
    await say(alice, id, 'secret one', 'secret two');
    await alice.caller.messages.send(text(id, 'secret reply', { replyTo: 2 }));
    await invite(alice, id, 'carol');
    const after = await everythingSeen(bob, id);
    expect(JSON.parse(stable(after))).toEqual(JSON.parse(stable(before)));
    expect(JSON.stringify(after)).not.toContain('secret');
    // What they could read is changed, too, and what stands around it: the words stay those of their time.
    const { messages, groups } = alice.caller;
    await messages.edit({ conversationId: id, seq: 3, content: { type: 'text', text: 'secret edit' } });
    await messages.react({ conversationId: id, seq: 2, emoji: '🤫', on: true });
    await messages.pin({ conversationId: id, seq: 2, pinned: true });
    await groups.update({ conversationId: id, name: 'secret name', announcement: 'secret announcement' });
    await messages.setDisappearing({ conversationId: id, afterSentMs: 3_600_000 });
    const later = await everythingSeen(bob, id);
    expect(JSON.stringify(later)).not.toMatch(/secret|🤫/);
    const words = ({ messages: pages }: typeof later) => pages.map((items) => items.map(({ change: _, ...message }) => message));
    expect(words(later)).toEqual(words(before));
    const refused = [
      () => bob.caller.messages.send(text(id)),
      () => bob.caller.groups.members({ conversationId: id }),
      () => bob.caller.messages.typing({ conversationId: id, typing: true }),
      () => bob.caller.messages.reactions({ conversationId: id, seq: 2, emoji: '🤫' }),
      () => invite(bob, id, 'bob'),
      () => leave(bob, id),
    ];
    for (const call of refused) expect(await refusal(call())).toBe('FORBIDDEN');
    // They may still read to the end of what is theirs, and nobody hears of it.
    world.heard.length = 0;
    expect(await bob.caller.conversations.markRead({ conversationId: id, seq: 99 })).toEqual({ readSeq: 3, unread: 0 });
    expect(world.heard.map((heard) => heard.kind)).toEqual(['user']);
  });

  test('C14 A3 who left does not go on watching how far the others read', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice, bob);
    const since = (await get(bob, id)).head.change;
    await say(alice, id, 'one', 'two', 'three');
    await invite(alice, id, 'carol');
    const { epoch } = await bob.caller.sync.snapshot({});
    await leave(bob, id);
    const seen = async () => [
      await bob.caller.sync.changes({ conversationId: id, since }),
      await bob.caller.sync.resume({ epoch, userChange: 0, conversations: [{ id, change: since }] }),
    ];
    const before = await seen();
    expect(JSON.stringify(before)).toContain('carol');
    await say(alice, id, 'four');
    await carol.caller.conversations.markRead({ conversationId: id, seq: 99 });
    expect(JSON.stringify(await seen())).toBe(JSON.stringify(before));
    expect(JSON.stringify(before[0]?.kind === 'changes' ? before[0].members : null)).not.toContain('readSeq');
  });

  test('C14 leaving is one change for the others, then its notice; the leaver is told apart', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    world.heard.length = 0;
    await leave(bob, id);
    const { me } = await get(bob, id);
    expect(world.heard).toMatchObject([
      {
        kind: 'conversation',
        from: 2,
        to: 3,
        events: [
          { type: 'member.left', change: 2, userId: 'bob', memberCount: 1 },
          { type: 'message.sent', change: 3, message: { seq: 2, content: { notice: 'member.left', userIds: ['bob'] } } },
        ],
      },
      { kind: 'user', userId: 'bob', events: [{ type: 'me.updated', conversationId: id, me }] },
    ]);
    expect(rolesOf(await membersOf(alice, id))).toEqual(['alice owner']);
  });

  test('C15 who comes back reads both times of their membership, and not what was between', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await say(alice, id, 'two');
    await leave(bob, id);
    await say(alice, id, 'four', 'five');
    await invite(alice, id, 'bob');
    await say(alice, id, 'seven');
    const view = await get(bob, id);
    expect(view.me).toMatchObject({
      visible: [
        { from: 1, to: 3 },
        { from: 6, to: null },
      ],
      unread: 1,
    });
    expect(view.me).not.toHaveProperty('leftAt');
    const seqs = async (place: object) => {
      const page = await bob.caller.messages.list({ conversationId: id, ...place });
      return [page.items.map((item) => item.seq), page.hasBefore, page.hasAfter];
    };
    expect(await seqs({})).toEqual([[1, 2, 6, 7], false, false]);
    expect(await seqs({ before: 6 })).toEqual([[1, 2], false, true]);
    expect(await seqs({ after: 2 })).toEqual([[6, 7], true, false]);
    expect(await seqs({ around: 4, limit: 2 })).toEqual([[2, 6], true, true]);
    // A second time apart makes a third piece.
    await leave(bob, id);
    await say(alice, id, 'nine');
    await invite(alice, id, 'bob');
    expect((await get(bob, id)).me.visible).toEqual([
      { from: 1, to: 3 },
      { from: 6, to: 8 },
      { from: 10, to: null },
    ]);
  });

  test('C16 an owner who leaves hands over to the one who has been there longest; an admin goes first', async () => {
    await using world = await createWorld();
    const [alice, bob, carol, dave] = await people(world, 'alice', 'bob', 'carol', 'dave');
    const id = await groupOf(alice, carol);
    world.clock.turn(1_000);
    await invite(alice, id, 'bob', 'dave');
    await world.services.db.sql`update members set role = 'admin' where user_id = 'dave'`;
    world.heard.length = 0;
    await leave(alice, id);
    expect(rolesOf(await membersOf(bob, id))).toEqual(['bob member', 'carol member', 'dave owner']);
    const [told] = world.heard;
    expect(told?.kind === 'conversation' && told.events.map((event) => event.type)).toEqual([
      'member.left',
      'member.updated',
      'message.sent',
    ]);
    expect(told?.kind === 'conversation' && told.events.map((event) => event.change)).toEqual([5, 6, 7]);
    await leave(dave, id);
    expect(rolesOf(await membersOf(bob, id))).toEqual(['bob member', 'carol owner']);
    expect((await get(carol, id)).me.role).toBe('owner');
    await invite(carol, id, 'alice');
    expect((await get(alice, id)).me.role).toBe('member');
  });

  test('C16 the last one may leave; what was said stays readable for those who were there', async () => {
    await using world = await createWorld();
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    await leave(bob, id);
    await leave(alice, id);
    expect((await get(alice, id)).group?.memberCount).toBe(0);
    expect((await alice.caller.messages.list({ conversationId: id })).items.map((item) => item.seq)).toEqual([1, 2]);
    expect(await refusal(invite(alice, id, 'bob'))).toBe('FORBIDDEN');
  });

  test('C16 with the last one a group is dismissed: nobody comes in who would be without an owner', async () => {
    await using world = await createWorld();
    const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
    const id = await groupOf(alice);
    const { code } = await alice.caller.groups.createLink({ conversationId: id });
    await alice.caller.groups.update({ conversationId: id, joinMode: 'approval' });
    await carol.caller.groups.join({ conversationId: id });
    await leave(alice, id);
    expect(await refusal(bob.caller.groups.join({ conversationId: id }))).toBe('GROUP_DISMISSED');
    expect(await refusal(bob.caller.groups.join({ code }))).toBe('LINK_INVALID');
    expect((await carol.caller.groups.myRequests()).items).toMatchObject([{ status: 'refused' }]);
  });

  test('C17 leaving twice at once is leaving once', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    const id = await groupOf(alice, bob);
    const results = await Promise.allSettled(
      times(6).map((i) => (i % 2 ? bob.caller : node.as(bob)).groups.leave({ conversationId: id })),
    );
    expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    expect(await get(alice, id)).toMatchObject({ head: { seq: 2, change: 3 }, group: { memberCount: 1 } });
  });

  test('C17 everybody leaving at once leaves a group that is empty, whole and dismissed', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const users = await people(world, 'alice', 'bob', 'carol', 'dave', 'erin');
    const id = await groupOf(...users);
    await Promise.all(users.map((user, i) => (i % 2 ? user.caller : node.as(user)).groups.leave({ conversationId: id })));
    const rows = await rowsOf(world, id);
    expect(rows.map((row) => row.seq)).toEqual(times(7).map((i) => i + 1));
    const [row] = await world.services.db.sql<{ count: number; owners: number; change: number; dismissed: boolean }[]>`
      select g.member_count as count, h.change, g.dismissed_at is not null as dismissed, (select count(*)::int from members where role = 'owner') as owners
      from groups g join heads h using (conversation_id)`;
    // Five left, each with a notice; four owners at most handed over.
    expect(row).toMatchObject({ count: 0, owners: 0, dismissed: true });
    expect(row?.change).toBeGreaterThanOrEqual(11);
  });

  test.each(['messages.list', 'messages.list after', 'messages.list around', 'messages.get', 'groups.members'] as const)(
    'C8 %s gives nothing of what comes between the look at the right and the look at the rows',
    async (name) => {
      await using world = await createWorld();
      const [alice, bob, carol] = await people(world, 'alice', 'bob', 'carol');
      const id = await groupOf(alice, bob);
      let meanwhile = true;
      const sql = beforeStatement(world.services.db.sql, /from (messages msg|\?)\s+(\?|where)/, async () => {
        if (!meanwhile) return;
        meanwhile = false;
        await leave(bob, id);
        await say(alice, id, 'secret');
        await invite(alice, id, carol.id);
      });
      const services = { ...world.services, db: { ...world.services.db, sql } };
      const caller = appRouter.createCaller({ ...services, session: bob.session, address: '', cookies: null });
      const answer = await {
        'messages.list': () => caller.messages.list({ conversationId: id }),
        'messages.list after': () => caller.messages.list({ conversationId: id, after: 0 }),
        'messages.list around': () => caller.messages.list({ conversationId: id, around: 2 }),
        'messages.get': () => caller.messages.get({ conversationId: id, seqs: [1, 2, 3, 4] }),
        'groups.members': () => caller.groups.members({ conversationId: id }),
      }[name]();
      expect(meanwhile).toBe(false);
      expect(JSON.stringify(answer)).not.toMatch(/secret|carol/);
      expect(answer.items.length).toBe(name === 'groups.members' ? 2 : 1);
    },
  );

  test('C18 whatever races, nobody sends after they left and nobody reads what was said after they left', async () => {
    await using world = await createWorld();
    await using node = createSecondNode(world);
    const [alice, bob] = await people(world, 'alice', 'bob');
    for (let round = 0; round < 15; round++) {
      const id = await groupOf(alice, bob);
      const reads: Promise<{ items: { seq: number }[] }>[] = [];
      const sends = times(12).map((i) => {
        reads.push((i % 2 ? bob.caller : node.as(bob)).messages.list({ conversationId: id }));
        const caller = i % 3 ? (i % 2 ? alice.caller : node.as(alice)) : i % 2 ? bob.caller : node.as(bob);
        return caller.messages.send(text(id, `${i}`));
      });
      const left = new Promise<void>((resolve, reject) => {
        const turns = (n: number): unknown => (n === 0 ? leave(bob, id).then(resolve, reject) : setImmediate(() => turns(n - 1)));
        turns(round % 8);
      });
      await Promise.all([left, ...sends.map((send) => send.catch((error) => expect(error.cause.code).toBe('FORBIDDEN')))]);
      const row = await leavingOf(world, id, 'bob');
      const seen = new Set(
        [...(await everythingSeen(bob, id)).messages, ...(await Promise.all(reads)).map((page) => page.items)]
          .flat()
          .map((m) => m.seq),
      );
      expect(Math.max(...seen)).toBe(row.last_seq);
      // What bob could read, at any moment of it, stands below the change by which he left.
      expect(row.readable_after).toBe(0);
      expect(row.sent_after).toBe(0);
    }
  });
});

async function leavingOf(world: World, conversationId: string, userId: string) {
  const [row] = await world.services.db.sql<{ last_seq: number; readable_after: number; sent_after: number }[]>`
    select upper(m.visible) - 1 as last_seq,
      (select count(*)::int from messages x where x.conversation_id = m.conversation_id and m.visible @> x.seq and x.last_change > m.change) as readable_after,
      (select count(*)::int from messages x where x.conversation_id = m.conversation_id and x.sender_id = m.user_id
        and x.type = 'text' and x.last_change > m.change) as sent_after
    from members m where m.conversation_id = ${conversationId} and m.user_id = ${userId}`;
  if (row === undefined) throw new Error('never was a member');
  return row;
}

test('C3 groups.get is for groups only', async () => {
  await using world = await createWorld();
  const [alice, bob] = await people(world, 'alice', 'bob');
  const group = await groupOf(alice, bob);
  const { id } = await alice.caller.conversations.openDirect({ userId: 'bob' });
  expect(await refusalOf(alice.caller.groups.get({ conversationId: id }))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await bob.caller.groups.get({ conversationId: group })).toEqual(await get(bob, group));
});
